// Maps file names to content types, for static files.
#pragma once

#include <string_view>

namespace millrace::http {

/// Returns "text/html; charset=UTF-8" for "index.html", as Next.js serves public/ (its `send`
/// package); "application/octet-stream" for an unknown extension.
[[nodiscard]] std::string_view content_type_for(std::string_view path);

}  // namespace millrace::http
