// The response to a request that cannot be parsed.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::http {

/// Why a request is rejected; the connection cannot be read any further.
struct ParseFailure {
  std::uint16_t status = 400;
  /// A sentence for the client; has static lifetime.
  std::string_view reason;
};

}  // namespace millrace::http
