// Checks of texts that come out of a file which anything may have written: the manifest's names of
// files, paths and methods.
#pragma once

#include <string>
#include <string_view>

#include "project/json_reader.hpp"

namespace millrace::project {

/// Whether a text has characters below the space, or DEL.
[[nodiscard]] bool has_controls(std::string_view text);

/// Whether a text is the name of a method as a manifest has it: 1 to 32 letters from A to Z.
[[nodiscard]] bool is_method(std::string_view text);

/// Whether a text can be next.config's `basePath`: "", or a path that begins with a slash, does not
/// end with one, and has no `?`, `#`, `\`, white space or control character. The builder has the
/// same rule (isBasePath); protocol/cases/base_paths.json holds the two together.
[[nodiscard]] bool is_base_path(std::string_view text);

/// A member that must name a file below the folder that it is relative to: no absolute path, no "..".
/// `expected` says so for messages.
std::string required_file(JsonReader& reader, std::string_view name, std::string_view expected);

}  // namespace millrace::project
