#include "http/media_type.hpp"

#include "http/field_text.hpp"

namespace millrace {

namespace {

/// Removes a quoted string from the start of `text`, which begins with a quote, and returns it.
std::string take_quoted(std::string_view& text) {
  std::string value;
  std::size_t at = 1;
  for (; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    value += text[at];
  }
  text.remove_prefix(at < text.size() ? at + 1 : text.size());
  return value;
}

/// Removes the part before the first character of `ends` from `text` and returns it.
std::string_view take_until(std::string_view& text, std::string_view ends) {
  const std::string_view taken = text.substr(0, text.find_first_of(ends));
  text.remove_prefix(taken.size());
  return taken;
}

}  // namespace

std::string media_type(std::string_view content_type) {
  return lower_case(trim_blanks(take_until(content_type, ";")));
}

std::optional<std::string> media_type_parameter(std::string_view content_type,
                                                std::string_view name) {
  take_until(content_type, ";");
  while (!content_type.empty()) {
    content_type.remove_prefix(1);
    const std::string_view given = trim_blanks(take_until(content_type, ";="));
    if (!content_type.starts_with('=')) continue;
    content_type.remove_prefix(1);
    std::string value;
    if (content_type.starts_with('"')) {
      value = take_quoted(content_type);
      take_until(content_type, ";");
    } else {
      value = trim_blanks(take_until(content_type, ";"));
      if (value.empty()) continue;
    }
    if (same_name(given, name)) return value;
  }
  return std::nullopt;
}

}  // namespace millrace
