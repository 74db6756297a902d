// Judges the Node.js that a user names with --node before anything is started with it.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.hpp"

namespace millrace::serving {

/// Whether "v24.21.0" is new enough: 22.15 has module.registerHooks, which the runtime needs.
[[nodiscard]] bool is_supported_node(std::string_view version);

/// Runs `program --version` and judges the answer. Errors: not_found, invalid, naming the program,
/// what was expected and what was found. Blocks for as long as the program runs.
[[nodiscard]] base::Result<void> check_node(const std::filesystem::path& program);

}  // namespace millrace::serving
