// Globs over route paths, which assign routes to pools and engines in millrace.toml.
#pragma once

#include <string_view>

namespace millrace::project {

/// Whether a route's path ("/api/users/[id]") matches a glob. `*` matches any text within a
/// segment, a segment `**` any number of segments including none; all other characters, brackets
/// too, match themselves.
[[nodiscard]] bool glob_matches(std::string_view glob, std::string_view path);

}  // namespace millrace::project
