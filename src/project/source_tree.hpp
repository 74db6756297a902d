// What discovery reads of a disk: the files below a folder, symbolic links followed.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
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

/// `name` without ".ext" for the longest of the extensions (without dots) that it ends with; none
/// where it ends with none.
[[nodiscard]] std::optional<std::string_view> stem_of(std::string_view name,
                                                      std::span<const std::string> extensions);

}  // namespace millrace::project
