// Globs over route paths, as millrace.toml uses them to give routes to pools.
#pragma once

#include <string_view>

namespace millrace::project {

/// Whether a route's path ("/api/users/[id]") matches a glob: `*` is any text within a segment, a
/// segment `**` any number of segments, none included; everything else, brackets too, stands for
/// itself.
[[nodiscard]] bool glob_matches(std::string_view glob, std::string_view path);

}  // namespace millrace::project
