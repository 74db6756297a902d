#include "observe/json_text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace millrace::observe {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// The least code point of a sequence of that length, below which the encoding is overlong.
constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};

std::size_t length_by_lead(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

/// Returns the length of the UTF-8 sequence that `text` begins with; 0 where there is none.
std::size_t sequence_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = length_by_lead(lead);
  if (length <= 1 || length > text.size()) return length == 1 ? 1 : 0;
  std::uint32_t point = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80) return 0;
    point = (point << 6U) | (next & 0x3FU);
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point < kLeast[length] || point > 0x10FFFF || surrogate ? 0 : length;
}

bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

void append_escaped(std::string& to, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '"':
    case '\\':
      to.push_back('\\');
      to.push_back(c);
      return;
    case '\n':
      to.append("\\n");
      return;
    case '\r':
      to.append("\\r");
      return;
    case '\t':
      to.append("\\t");
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  to.append("\\u00").push_back(kDigits[byte >> 4U]);
  to.push_back(kDigits[byte & 15U]);
}

}  // namespace

void append_json_string(std::string& to, std::string_view text) {
  to.push_back('"');
  std::size_t plain = 0;
  while (plain < text.size()) {
    // Nearly all texts are plain.
    std::size_t end = plain;
    while (end < text.size() && is_plain(static_cast<unsigned char>(text[end]))) ++end;
    to.append(text, plain, end - plain);
    if (end == text.size()) break;
    const std::size_t length = sequence_length(text.substr(end));
    if (length == 0) {
      to.append(kReplacement);
    } else if (length == 1) {
      append_escaped(to, text[end]);
    } else {
      to.append(text, end, length);
    }
    plain = end + (length == 0 ? 1 : length);
  }
  to.push_back('"');
}

void append_json_member(std::string& to, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  to.append(",\"").append(name).append("\":");
  append_json_string(to, value);
}

}  // namespace millrace::observe
