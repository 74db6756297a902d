// Environment variables as routes see them: those of the process, overridden by those of the
// project's .env files, which can change in development while the worker runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// Returns the variable's current value, or none where it is not set. Any thread.
[[nodiscard]] std::optional<std::string> env(std::string_view name);

/// Returns the variable's current value, or `fallback` where it is not set. Any thread.
[[nodiscard]] std::string env(std::string_view name, std::string_view fallback);

/// Returns the value of a required variable. Throws std::runtime_error that names the variable and
/// where to set it.
[[nodiscard]] std::string require_env(std::string_view name);

namespace detail {

/// Overrides a variable with the value of an .env file; none unsets it. For the host. Any thread.
void set_env(std::string_view name, std::optional<std::string> value);

}  // namespace detail
}  // namespace millrace
