// Checks of texts in files of unknown origin: the names of files, paths and methods in the
// manifest.
#pragma once

#include <string>
#include <string_view>

#include "project/json_reader.hpp"

namespace millrace::project {

/// Whether a text contains control characters (below the space, or DEL).
[[nodiscard]] bool has_controls(std::string_view text);

/// Whether a text is a method name of a manifest: 1 to 32 letters from A to Z.
[[nodiscard]] bool is_method(std::string_view text);

/// Whether a text is valid as next.config's `basePath`: "", or a path that begins with a slash,
/// does not end with one, and contains no `?`, `#`, `\`, white space or control character. The
/// builder has the same rule (isBasePath); protocol/cases/base_paths.json tests both.
[[nodiscard]] bool is_base_path(std::string_view text);

/// Reads a member that must name a file below the folder that it is relative to: no absolute path,
/// no "..". `expected` describes it in messages.
std::string required_file(JsonReader& reader, std::string_view name, std::string_view expected);

}  // namespace millrace::project
