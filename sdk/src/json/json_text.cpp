#include "millrace/detail/json_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "text/percent.hpp"

namespace millrace::detail {

namespace {

void append_escape(std::string& out, char letter) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::string_view kLetters = "\"\\\b\f\n\r\t";
  constexpr std::string_view kEscapes = "\"\\bfnrt";
  if (const std::size_t place = kLetters.find(letter); place != std::string_view::npos) {
    out += '\\';
    out += kEscapes[place];
    return;
  }
  const auto byte = static_cast<std::uint8_t>(letter);
  out += "\\u00";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 15U];
}

void append_letters(std::string& out, std::string_view text) {
  std::size_t written = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text.substr(written, i - written));
    append_escape(out, text[i]);
    written = i + 1;
  }
  out.append(text.substr(written));
}

constexpr std::uint64_t kOnes = 0x0101010101010101;

/// Whether one of eight bytes is below 0x20, a quotation mark, a backslash or not ASCII. A carry
/// can report a byte wrongly, but only where the byte below it is one of these.
bool is_special(std::uint64_t bytes) {
  constexpr std::uint64_t kHigh = kOnes * 0x80;
  const std::uint64_t marks = bytes ^ (kOnes * '"');
  const std::uint64_t slashes = bytes ^ (kOnes * '\\');
  return ((bytes | (bytes - kOnes * 0x20) | (marks - kOnes) | (slashes - kOnes)) & kHigh) != 0;
}

/// Whether `text` needs no escapes in JSON: printable ASCII without quotation marks and
/// backslashes.
bool is_plain(std::string_view text) {
  std::uint64_t bytes = 0;
  std::size_t at = 0;
  for (; at + sizeof bytes <= text.size(); at += sizeof bytes) {
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    if (is_special(bytes)) return false;
  }
  // The remaining bytes, padded with spaces.
  bytes = kOnes * ' ';
  std::memcpy(&bytes, text.data() + at, text.size() - at);
  return !is_special(bytes);
}

template <class T>
void append_digits(std::string& out, T value) {
  std::array<char, 24> digits{};
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + 24, value).ptr);
}

/// Appends `digits` · 10^(point - length) in the format of ECMAScript's Number::toString.
void append_decimal(std::string& out, std::string_view digits, int point) {
  const int count = static_cast<int>(digits.size());
  if (point >= count && point <= 21) {
    out.append(digits).append(static_cast<std::size_t>(point - count), '0');
  } else if (point > 0 && point <= 21) {
    const auto integer_digits = static_cast<std::size_t>(point);
    out.append(digits.substr(0, integer_digits)).append(".").append(digits.substr(integer_digits));
  } else if (point > -6 && point <= 0) {
    out.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
  } else {
    out.append(digits.substr(0, 1));
    if (count > 1) out.append(".").append(digits.substr(1));
    out.append(point > 0 ? "e+" : "e");
    append_digits(out, point - 1);
  }
}

void append_finite(std::string& out, double value) {
  if (value == 0) {
    out += '0';
    return;
  }
  // The shortest digits that parse to the same number: "-1.25e-07".
  std::array<char, 32> text{};
  const char* end =
      std::to_chars(text.data(), text.data() + 32, std::abs(value), std::chars_format::scientific)
          .ptr;
  const std::string_view number(text.data(), static_cast<std::size_t>(end - text.data()));
  const std::size_t mark = number.find('e');
  std::string digits(number.substr(0, mark));
  if (digits.size() > 1) digits.erase(1, 1);
  int exponent = 0;
  const bool plus = number[mark + 1] == '+';
  std::from_chars(number.data() + mark + (plus ? 2 : 1), end, exponent);
  if (value < 0) out += '-';
  append_decimal(out, digits, exponent + 1);
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  if (is_plain(text)) {
    out += text;
  } else if (is_utf8(text)) {
    append_letters(out, text);
  } else {
    append_letters(out, repair_utf8(text));
  }
  out += '"';
}

void append_integer(std::string& out, std::int64_t value) { append_digits(out, value); }
void append_integer(std::string& out, std::uint64_t value) { append_digits(out, value); }

void append_number(std::string& out, double value) {
  if (std::isfinite(value)) {
    append_finite(out, value);
  } else {
    out += "null";
  }
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  std::string text;
  append_finite(text, value);
  return text;
}

void append_value(std::string& out, const boost::json::value& value) {
  using boost::json::kind;
  const char* between = "";
  switch (value.kind()) {
    case kind::null:
      out += "null";
      break;
    case kind::bool_:
      out += value.get_bool() ? "true" : "false";
      break;
    case kind::int64:
      append_digits(out, value.get_int64());
      break;
    case kind::uint64:
      append_digits(out, value.get_uint64());
      break;
    case kind::double_:
      append_number(out, value.get_double());
      break;
    case kind::string:
      append_string(out, value.get_string());
      break;
    case kind::array:
      out += '[';
      for (const auto& item : value.get_array()) {
        out += std::exchange(between, ",");
        append_value(out, item);
      }
      out += ']';
      break;
    case kind::object:
      out += '{';
      for (const auto& [name, member] : value.get_object()) {
        out += std::exchange(between, ",");
        append_string(out, name);
        out += ':';
        append_value(out, member);
      }
      out += '}';
      break;
  }
}

}  // namespace millrace::detail
