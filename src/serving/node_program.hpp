// Checks a Node.js that is not Millrace's own before it is used.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millrace::serving {

/// Returns whether a version such as "v24.21.0" is supported: the runtime needs
/// module.registerHooks, which 22.15 introduced.
[[nodiscard]] bool is_supported_node(std::string_view version);

/// Runs `program --version` and returns the first line of its output; empty where it has none.
/// Blocks until the program ends.
[[nodiscard]] std::string node_version(const std::filesystem::path& program);

/// Runs `program --version` and checks its output. `origin`: what names the program, "--node".
/// Errors: not_found, invalid; the message names the origin, the program, what was expected and what
/// was found. Blocks until the program ends.
[[nodiscard]] base::Result<void> check_node(const std::filesystem::path& program,
                                            std::string_view origin);

}  // namespace millrace::serving
