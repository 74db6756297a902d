// Evaluates conditional requests (RFC 9110 §13).
#pragma once

#include <ctime>
#include <string_view>

namespace millrace::http {

/// Returns whether a GET or HEAD with these request fields gets a 304. If-None-Match, compared
/// weakly, decides where it is present (§13.1.2), otherwise If-Modified-Since (§13.1.3).
/// Cache-Control: no-cache requests the complete response, as browsers send it on a forced reload.
[[nodiscard]] bool is_not_modified(std::string_view request_fields, std::string_view etag,
                                   std::time_t last_modified);

}  // namespace millrace::http
