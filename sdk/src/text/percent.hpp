// Percent-encoding of forms and cookies (URL standard, application/x-www-form-urlencoded), and
// UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// Decodes "%41" to "A". Invalid escapes are kept. The result need not be UTF-8.
[[nodiscard]] std::string decode_percent(std::string_view text);

/// Like decode_percent, and decodes "+" to a space and replaces bytes that are not UTF-8 by U+FFFD.
[[nodiscard]] std::string decode_form_text(std::string_view text);

/// Appends `text` encoded as by URLSearchParams.
void append_form_text(std::string& out, std::string_view text);

/// Appends `text` encoded as by encodeURIComponent.
void append_component(std::string& out, std::string_view text);

/// Decodes as decodeURIComponent does; none for invalid escapes and for text that is not UTF-8.
[[nodiscard]] std::optional<std::string> decode_component(std::string_view text);

/// Replaces bytes that are not UTF-8 by U+FFFD, as TextDecoder does.
[[nodiscard]] std::string repair_utf8(std::string_view text);

/// Whether `text` is valid UTF-8, without surrogates and overlong sequences.
[[nodiscard]] bool is_utf8(std::string_view text);

/// Removes a byte order mark, as JavaScript does where a body is read as text.
[[nodiscard]] inline std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

}  // namespace millrace
