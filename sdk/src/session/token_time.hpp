// Checks the times that a token states (RFC 7519, sections 4.1.4 and 4.1.5).
#pragma once

#include <chrono>
#include <string>

#include "millrace/json.hpp"

namespace millrace::detail {

/// The reason why the token is invalid now; empty where it is valid. A token without times is
/// always valid.
[[nodiscard]] std::string fault_of_time(const json::object& claims,
                                        std::chrono::system_clock::time_point now,
                                        std::chrono::seconds tolerance);

}  // namespace millrace::detail
