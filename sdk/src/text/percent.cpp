#include "text/percent.hpp"

#include <cstdint>

namespace millrace {

namespace {

int hex(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  const char lower = static_cast<char>(digit | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The size in bytes of the UTF-8 sequence at the start of `text`; where it is invalid, the negated
/// number of bytes to replace by one U+FFFD.
int sequence(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
  int size = 0;
  if (first >= 0xC2 && first <= 0xDF) size = 2;
  if (first >= 0xE0 && first <= 0xEF) size = 3;
  if (first >= 0xF0 && first <= 0xF4) size = 4;
  if (size == 0) return -1;
  if (first == 0xE0) low = 0xA0;
  if (first == 0xED) high = 0x9F;
  if (first == 0xF0) low = 0x90;
  if (first == 0xF4) high = 0x8F;
  for (int i = 1; i < size; ++i) {
    const bool there = static_cast<std::size_t>(i) < text.size();
    if (!there || byte(static_cast<std::size_t>(i)) < low ||
        byte(static_cast<std::size_t>(i)) > high)
      return -i;
    low = 0x80;
    high = 0xBF;
  }
  return size;
}

std::string decode(std::string_view text, bool plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex(text[i + 1]) : -1;
    const int low = high >= 0 ? hex(text[i + 2]) : -1;
    if (low >= 0) {
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      decoded.push_back(plus && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return decoded;
}

void append_escaped(std::string& out, char letter) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<std::uint8_t>(letter);
  out += '%';
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 15U];
}

bool is_plain(char letter) {
  const char lower = static_cast<char>(letter | 0x20);
  return (lower >= 'a' && lower <= 'z') || (letter >= '0' && letter <= '9');
}

}  // namespace

std::string decode_percent(std::string_view text) { return decode(text, false); }

std::string decode_form_text(std::string_view text) {
  std::string decoded = decode(text, true);
  return is_utf8(decoded) ? decoded : repair_utf8(decoded);
}

void append_form_text(std::string& out, std::string_view text) {
  for (const char letter : text) {
    if (is_plain(letter) || std::string_view("*-._").find(letter) != std::string_view::npos) {
      out += letter;
    } else if (letter == ' ') {
      out += '+';
    } else {
      append_escaped(out, letter);
    }
  }
}

void append_component(std::string& out, std::string_view text) {
  for (const char letter : text) {
    if (is_plain(letter) || std::string_view("-_.!~*'()").find(letter) != std::string_view::npos) {
      out += letter;
    } else {
      append_escaped(out, letter);
    }
  }
}

std::optional<std::string> decode_component(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    const bool complete = at + 2 < text.size() &&
                          text.substr(at + 1, 2).find_first_not_of("0123456789abcdefABCDEF") ==
                              std::string_view::npos;
    if (!complete) return std::nullopt;
  }
  std::string decoded = decode_percent(text);
  if (!is_utf8(decoded)) return std::nullopt;
  return decoded;
}

std::string repair_utf8(std::string_view text) {
  std::string repaired;
  while (!text.empty()) {
    const int size = sequence(text);
    if (size > 0) {
      repaired.append(text.substr(0, static_cast<std::size_t>(size)));
    } else {
      repaired.append("\xEF\xBF\xBD");
    }
    text.remove_prefix(static_cast<std::size_t>(size > 0 ? size : -size));
  }
  return repaired;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const int size = sequence(text);
    if (size < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

}  // namespace millrace
