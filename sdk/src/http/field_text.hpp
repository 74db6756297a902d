// Functions on field lines ("Name: value\r
// " each) that requests, responses and forms share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace {

inline char lower_case(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
}

inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower) letter = lower_case(letter);
  return lower;
}

/// Field names are case-insensitive (RFC 9110, section 5.1).
inline bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower_case(a[i]) != lower_case(b[i])) return false;
  }
  return true;
}

inline std::string_view trim_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Calls `visit(name, value)` for each line; lines without a colon are ignored.
template <class Visit>
void each_field(std::string_view lines, Visit&& visit) {
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end);
    lines = end == std::string_view::npos ? std::string_view() : lines.substr(end + 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) continue;
    visit(line.substr(0, colon), trim_blanks(line.substr(colon + 1)));
  }
}

/// Whether `text` is a token (RFC 9110, section 5.6.2), as a field name must be.
[[nodiscard]] bool is_token(std::string_view text);

/// Whether `text` is allowed as a field value: it has no CR, LF or NUL.
[[nodiscard]] bool is_field_value(std::string_view text);

}  // namespace millrace
