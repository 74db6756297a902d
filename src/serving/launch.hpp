// How a server starts the processes that run routes and builds: which program, which script,
// in which environment.
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

/// "NAME=value" for each.
[[nodiscard]] std::vector<std::string> environment_lines(
    const std::map<std::string, std::string>& environment);

/// What to say of a PORT in an env file, which is read too late to be the server's port, as by Next.js.
[[nodiscard]] std::optional<std::string> note_of_port(const project::Environment& environment);

/// The size of heads to allow: `setting`, what millrace.toml says, where that is another than the usual; else
/// what NODE_OPTIONS asks of Node.js's own server (--max-http-header-size), within what settings may ask for.
[[nodiscard]] std::size_t head_size_of(std::size_t setting,
                                       const std::map<std::string, std::string>& environment);

/// Sets a variable of such lines, in place of one of the same name.
void set_variable(std::vector<std::string>& environment, std::string_view line);

/// The program of builders, and of workers that run JavaScript, in the environment of `runtime`.
[[nodiscard]] workers::Launch launch_of(const workers::Role& role, const Runtime& runtime);

/// The program of workers for routes in C++.
[[nodiscard]] workers::Launch native_launch(const Runtime& runtime);

}  // namespace millrace::serving
