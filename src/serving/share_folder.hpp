// Locates Millrace's own files beside its executable: the node runtime, the builder and Node.js.
#pragma once

#include <filesystem>

#include "base/result.hpp"

namespace millrace::serving {

/// Returns share/millrace: beside the executable in a build tree, above it in an installation.
/// Error: not_found, naming the places searched.
[[nodiscard]] base::Result<std::filesystem::path> find_share_folder();

}  // namespace millrace::serving
