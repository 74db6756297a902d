// What of a project a sandbox may read: all but its secrets, wherever they lie, which are environment
// files, keys, credentials of tools and histories. The kernel's rules allow folders with all below
// them, so that a folder that holds a secret is allowed by what else is in it.
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.hpp"

namespace millrace::workers {

/// Whether `path`, a file or a folder, is a secret by its name, or as a file that holds a private key.
[[nodiscard]] bool is_secret(const std::filesystem::path& path);

/// Whether what is allowed at `real`, with all below it, would be the project `root` as a whole or a
/// secret by a folder's name; both without symbolic links.
[[nodiscard]] bool opens_secrets(const std::filesystem::path& real,
                                 const std::filesystem::path& root);

/// Whether there is a secret below `folder`, which is not the project. Errors as those of
/// readable_places.
[[nodiscard]] base::Result<bool> holds_secrets(const std::filesystem::path& folder);

/// Files and folders, absolute and without symbolic links, that together are what may be read. Links
/// at the project's top are followed, others lead where they lead. Packages (node_modules) are not
/// searched. Errors where the project has more than 200,000 files, or would need more than 4,096
/// places.
[[nodiscard]] base::Result<std::vector<std::filesystem::path>> readable_places(
    const std::filesystem::path& root);

}  // namespace millrace::workers
