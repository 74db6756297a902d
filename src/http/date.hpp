// Dates in HTTP (RFC 9110 §5.6.7).
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT", whatever the locale.
[[nodiscard]] std::string format_http_date(std::time_t time);

/// Reads the format that format_http_date writes; nothing for any other text. The two obsolete
/// formats are not read: their senders get the whole answer, which is always right.
[[nodiscard]] std::optional<std::time_t> parse_http_date(std::string_view text);

}  // namespace millrace::http
