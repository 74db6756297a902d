// Lists files for discovery: those below a folder, with symbolic links followed.
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

/// Returns the files below `folder`, as sorted paths relative to it with forward slashes. Skips
/// names for which `ignored` returns true, and the contents of such folders. Links are followed as
/// Next.js follows them; dangling ones, and those to a parent folder, are skipped. Error: system,
/// naming the folder that cannot be read.
[[nodiscard]] base::Result<std::vector<std::string>> files_below(
    const std::filesystem::path& folder, const std::function<bool(std::string_view name)>& ignored);

/// Returns `name` without ".ext", for the longest of the extensions (without dots) that it ends
/// with; none where it ends with none.
[[nodiscard]] std::optional<std::string_view> stem_of(std::string_view name,
                                                      std::span<const std::string> extensions);

}  // namespace millrace::project
