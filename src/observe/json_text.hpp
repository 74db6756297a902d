// Appends texts to JSON as strings (RFC 8259).
#pragma once

#include <string>
#include <string_view>

namespace millrace::observe {

/// Appends `text` in quotes. Bytes that are not UTF-8 become U+FFFD, so that the result is always
/// valid JSON.
void append_json_string(std::string& to, std::string_view text);

/// Appends `,"name":"value"`; nothing where the value is empty.
void append_json_member(std::string& to, std::string_view name, std::string_view value);

}  // namespace millrace::observe
