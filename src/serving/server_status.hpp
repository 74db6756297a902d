// Collects the status that a server reports on request.
#pragma once

#include <cstdint>

#include "serving/control_messages.hpp"
#include "serving/service.hpp"

namespace millrace::serving {

/// Returns the server's status at this moment; docs/operations.md defines the numbers. Called from
/// the loop.
[[nodiscard]] ServerStatus status_of(const Service& service, std::uint16_t port);

}  // namespace millrace::serving
