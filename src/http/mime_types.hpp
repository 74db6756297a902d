// Content types by file name, for files that are served as they are.
#pragma once

#include <string_view>

namespace millrace::http {

/// "text/html; charset=UTF-8" for "index.html", as Next.js serves public/ (its `send` package);
/// "application/octet-stream" for an extension that is not known.
[[nodiscard]] std::string_view content_type_for(std::string_view path);

}  // namespace millrace::http
