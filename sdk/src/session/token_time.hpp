// The times that a token says of itself (RFC 7519, sections 4.1.4 and 4.1.5).
#pragma once

#include <chrono>
#include <string>

#include "millrace/json.hpp"

namespace millrace::detail {

/// Why the token does not count now; empty where it does. A token without times counts always.
[[nodiscard]] std::string fault_of_time(const json::object& claims,
                                        std::chrono::system_clock::time_point now,
                                        std::chrono::seconds tolerance);

}  // namespace millrace::detail
