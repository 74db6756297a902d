// Determines which files of a project a sandbox may read: everything but secrets, that is env
// files, keys, credentials of tools and shell histories, wherever they are. The kernel's rules
// allow folders with everything in them, so for a folder that contains a secret the other entries
// are allowed one by one.
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.hpp"

namespace millrace::workers {

/// Returns whether `path`, a file or a folder, is a secret: by its name, or because it contains a
/// private key.
[[nodiscard]] bool is_secret(const std::filesystem::path& path);

/// Returns whether allowing everything below `real` would allow the whole project `root`, or a
/// folder whose name marks a secret. Neither path may contain symbolic links.
[[nodiscard]] bool opens_secrets(const std::filesystem::path& real,
                                 const std::filesystem::path& root);

/// Returns the files and folders that together may be read, absolute and without symbolic links.
/// Links at the project's top level are followed, others are not. Packages (node_modules) are not
/// searched, nor are the folders in `data` (without symbolic links), where handlers create files
/// with any name. Errors: the project has more than 200,000 files, or more than 4,096 places would
/// be needed.
[[nodiscard]] base::Result<std::vector<std::filesystem::path>> readable_places(
    const std::filesystem::path& root, const std::vector<std::filesystem::path>& data);

}  // namespace millrace::workers
