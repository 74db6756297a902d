// What a server says of itself when it is asked for its status.
#pragma once

#include <cstdint>

#include "serving/control_messages.hpp"
#include "serving/service.hpp"

namespace millrace::serving {

/// Returns the server at this moment; docs/operations.md says what the numbers are. From the loop.
[[nodiscard]] ServerStatus status_of(const Service& service, std::uint16_t port);

}  // namespace millrace::serving
