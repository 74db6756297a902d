// What a module exports, by the look of its text: for the few names that decide where a file is
// served, before anything is compiled.
#pragma once

#include <string_view>

namespace millrace::project {

/// Whether the module with the text `source` (JavaScript or TypeScript) exports `name` itself: as
/// a declaration, in braces or on CommonJS's exports. Comments and strings do not count, neither
/// does `export *`, as in Next.js.
[[nodiscard]] bool exports_name(std::string_view source, std::string_view name);

}  // namespace millrace::project
