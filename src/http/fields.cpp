#include "http/fields.hpp"

#include <array>
#include <cstring>

#include "base/ascii.hpp"

namespace millrace::http {

namespace {

/// tchar of RFC 9110 §5.6.2.
constexpr std::array<bool, 256> kTokenCharacters = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

}  // namespace

bool is_token(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (!kTokenCharacters[static_cast<unsigned char>(c)]) return false;
  }
  return true;
}

void FieldsView::Iterator::advance() {
  const std::size_t line_end = rest_.find("\r\n");
  const std::string_view line = rest_.substr(0, line_end);
  const std::size_t colon = line.find(':');
  at_end_ = line_end == std::string_view::npos || colon == std::string_view::npos;
  if (at_end_) return;
  field_ = {.name = line.substr(0, colon), .value = base::trim(line.substr(colon + 1))};
  rest_.remove_prefix(line_end + 2);
}

std::optional<std::string_view> find_field(std::string_view section, std::string_view name) {
  for (const Field& field : FieldsView(section)) {
    if (base::equals_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

bool validate_fields(std::string_view section) {
  while (!section.empty()) {
    const std::size_t colon = section.find(':');
    if (colon == std::string_view::npos || !is_token(section.substr(0, colon))) return false;
    section.remove_prefix(colon + 1);
    const std::size_t line_end = section.find('\r');
    if (line_end == std::string_view::npos || line_end + 1 >= section.size() ||
        section[line_end + 1] != '\n') {
      return false;
    }
    // memchr is much faster than a search for either byte.
    if (std::memchr(section.data(), '\n', line_end) != nullptr ||
        std::memchr(section.data(), '\0', line_end) != nullptr) {
      return false;
    }
    section.remove_prefix(line_end + 2);
  }
  return true;
}

bool is_field_value(std::string_view text) {
  constexpr std::string_view kForbidden("\r\n\0", 3);
  return text.find_first_of(kForbidden) == std::string_view::npos;
}

bool has_token(std::string_view value, std::string_view token) {
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    if (base::equals_ignoring_case(base::trim(value.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    value.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace millrace::http
