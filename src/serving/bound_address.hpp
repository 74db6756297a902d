// Where a listening socket that somebody else has bound is reached.
#pragma once

#include <cstdint>
#include <string>

#include "base/unique_fd.hpp"

namespace millrace::serving {

struct BoundAddress {
  /// "127.0.0.1", "::1"; empty where the socket is none of IP.
  std::string host;
  std::uint16_t port = 0;
};

[[nodiscard]] BoundAddress bound_address(const base::UniqueFd& socket);

}  // namespace millrace::serving
