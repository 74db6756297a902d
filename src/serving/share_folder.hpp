// Finds what Millrace brings along beside its executable: the node runtime, the builder, node.
#pragma once

#include <filesystem>

#include "base/result.hpp"

namespace millrace::serving {

/// share/millrace, beside the executable in a build tree or above it in an installation. Error:
/// not_found, naming where it was looked for.
[[nodiscard]] base::Result<std::filesystem::path> find_share_folder();

}  // namespace millrace::serving
