// What discovery reads of a disk: the files below a folder, symbolic links followed.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace millrace::project {

/// The files below `folder`, as sorted paths relative to it with forward slashes. Names for which
/// `ignored` holds are passed over, folders with all that is in them. Links are followed as Next.js
/// follows them; dangling ones, and those that lead back to a folder above, are passed over. Error:
/// system, naming the folder that cannot be read.
[[nodiscard]] base::Result<std::vector<std::string>> files_below(
    const std::filesystem::path& folder, const std::function<bool(std::string_view name)>& ignored);

}  // namespace millrace::project
