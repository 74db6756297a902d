// Formats and parses dates in HTTP (RFC 9110 §5.6.7).
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

/// Returns "Sun, 06 Nov 1994 08:49:37 GMT", independent of the locale.
[[nodiscard]] std::string format_http_date(std::time_t time);

/// Parses the format that format_http_date writes; returns nothing for any other text. The two
/// obsolete formats are not parsed: their senders get the complete response, which is always
/// correct.
[[nodiscard]] std::optional<std::time_t> parse_http_date(std::string_view text);

}  // namespace millrace::http
