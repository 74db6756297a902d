// Finds exports in a module's text without compiling it, for the few names that decide where a file
// is served.
#pragma once

#include <string_view>

namespace millrace::project {

/// Whether the module with the text `source` (JavaScript or TypeScript) exports `name` itself: in a
/// declaration, in braces or on CommonJS's exports. Ignores comments, strings and, as Next.js does,
/// `export *`.
[[nodiscard]] bool exports_name(std::string_view source, std::string_view name);

}  // namespace millrace::project
