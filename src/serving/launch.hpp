// How a server starts the processes that run routes and builds: program, script and environment.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "project/environment.hpp"
#include "serving/runtime.hpp"
#include "workers/child_process.hpp"
#include "workers/role.hpp"

namespace millrace::serving {

/// Returns "NAME=value" for each variable.
[[nodiscard]] std::vector<std::string> environment_lines(
    const std::map<std::string, std::string>& environment);

/// Returns a note if an env file sets PORT. Env files are read too late for the server's port, as
/// under Next.js.
[[nodiscard]] std::optional<std::string> note_of_port(const project::Environment& environment);

/// Returns the limit for request heads. `setting`, the value from millrace.toml, wins if it differs
/// from the default; otherwise the limit is what NODE_OPTIONS sets for Node.js's own server
/// (--max-http-header-size), within the range that the setting allows.
[[nodiscard]] std::size_t head_size_of(std::size_t setting,
                                       const std::map<std::string, std::string>& environment);

/// Sets a variable in such lines, replacing one of the same name.
void set_variable(std::vector<std::string>& environment, std::string_view line);

/// Returns how to start the builder and JavaScript workers in the environment of `runtime`.
[[nodiscard]] workers::Launch launch_of(const workers::Role& role, const Runtime& runtime);

/// Returns how to start workers for routes in C++.
[[nodiscard]] workers::Launch native_launch(const Runtime& runtime);

}  // namespace millrace::serving
