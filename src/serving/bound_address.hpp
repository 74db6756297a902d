// Reads the address of a listening socket that another process has bound.
#pragma once

#include <cstdint>
#include <string>

#include "base/unique_fd.hpp"

namespace millrace::serving {

struct BoundAddress {
  /// "127.0.0.1", "::1"; empty if it is not an IP socket.
  std::string host;
  std::uint16_t port = 0;
};

[[nodiscard]] BoundAddress bound_address(const base::UniqueFd& socket);

}  // namespace millrace::serving
