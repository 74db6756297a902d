// What a client is told of a request that cannot be read.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::http {

/// Why a request is refused; the connection cannot be read on.
struct ParseFailure {
  std::uint16_t status = 400;
  /// A sentence for the client; lives as long as the program.
  std::string_view reason;
};

}  // namespace millrace::http
