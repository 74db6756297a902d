// Environment variables as routes see them: those of the process, and over them what the project's
// .env files say, which in development changes while the worker runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// The variable's value now; none where it is not set. Any thread.
[[nodiscard]] std::optional<std::string> env(std::string_view name);

/// The same, or `otherwise`.
[[nodiscard]] std::string env(std::string_view name, std::string_view otherwise);

/// A variable that the route cannot do without. Throws std::runtime_error that names it and where it
/// belongs.
[[nodiscard]] std::string require_env(std::string_view name);

namespace detail {

/// What an .env file says from now on; none takes it away. For the host. Any thread.
void set_env(std::string_view name, std::optional<std::string> value);

}  // namespace detail
}  // namespace millrace
