// Percent-encoding as forms and cookies use it (URL standard, application/x-www-form-urlencoded).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// "%41" → "A"; an escape that is none stands for itself. None of it is checked to be UTF-8.
[[nodiscard]] std::string decode_percent(std::string_view text);

/// The same with "+" for a blank, and U+FFFD for what is no UTF-8.
[[nodiscard]] std::string decode_form_text(std::string_view text);

/// Appends `text` as URLSearchParams writes it.
void append_form_text(std::string& out, std::string_view text);

/// As encodeURIComponent does.
void append_component(std::string& out, std::string_view text);

/// As decodeURIComponent does: none for a bad escape and for what is no UTF-8.
[[nodiscard]] std::optional<std::string> decode_component(std::string_view text);

/// `text` with U+FFFD for what is no UTF-8, as TextDecoder reads it.
[[nodiscard]] std::string repair_utf8(std::string_view text);

/// Whether `text` is UTF-8: no surrogates, nothing overlong.
[[nodiscard]] bool is_utf8(std::string_view text);

/// As a body is read as text in JavaScript.
[[nodiscard]] inline std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

}  // namespace millrace
