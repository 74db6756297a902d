// Conditional requests (RFC 9110 §13): whether the client's copy is still good.
#pragma once

#include <ctime>
#include <string_view>

namespace millrace::http {

/// Whether a GET or HEAD with these request fields is answered 304: If-None-Match, compared
/// weakly, decides where it is there (§13.1.2), else If-Modified-Since (§13.1.3). Cache-Control:
/// no-cache asks for the whole answer, as browsers mean it on a forced reload.
[[nodiscard]] bool is_not_modified(std::string_view request_fields, std::string_view etag,
                                   std::time_t last_modified);

}  // namespace millrace::http
