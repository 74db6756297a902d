#include "routing/pattern_units.hpp"

#include <optional>

namespace millrace::routing {

namespace {

/// The members of \s, for use in a class.
constexpr std::u16string_view kSpaces =
    u"\\x{9}-\\x{D}\\x{20}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}"
    u"\\x{3000}\\x{FEFF}";

/// The members of \S.
constexpr std::u16string_view kNoSpaces =
    u"\\x{0}-\\x{8}\\x{E}-\\x{1F}\\x{21}-\\x{9F}\\x{A1}-\\x{167F}\\x{1681}-\\x{1FFF}"
    u"\\x{200B}-\\x{2027}\\x{202A}-\\x{202E}\\x{2030}-\\x{205E}\\x{2060}-\\x{2FFF}"
    u"\\x{3001}-\\x{FEFE}\\x{FF00}-\\x{FFFF}";

constexpr std::u16string_view kNothing = u"(?!)";

/// Reads up to three octal digits with a value of at most 255.
char16_t octal(PatternReader& reader, char16_t first) {
  std::uint32_t value = first - u'0';
  for (int digit = 1; digit < 3 && !reader.at_end(); ++digit) {
    const char16_t unit = reader.rest().front();
    if (!is_octal(unit) || value * 8 > 255) break;
    value = value * 8 + (unit - u'0');
    reader.skip(1);
  }
  return static_cast<char16_t>(value);
}

/// Reads one unit; returns nothing where it was a set like \d, which is written to `out`.
std::optional<char16_t> class_item(std::u16string& out, PatternReader& reader) {
  if (reader.at_end()) reader.fail("a class is not closed");
  const char16_t unit = reader.take();
  if (unit != u'\\') return unit;
  if (reader.at_end()) reader.fail("a backslash at the end");
  const char16_t letter = reader.take();
  switch (letter) {
    case u's':
      out += kSpaces;
      return std::nullopt;
    case u'S':
      out += kNoSpaces;
      return std::nullopt;
    case u'd':
    case u'D':
    case u'w':
    case u'W':
      out.append(1, u'\\').append(1, letter);
      return std::nullopt;
    case u'b':
      return u'\b';
    default:
      return read_escaped_unit(reader, letter);
  }
}

}  // namespace

void append_unit(std::u16string& out, char16_t unit) {
  if (is_letter(unit) || is_digit(unit)) {
    out += unit;
    return;
  }
  constexpr std::u16string_view kDigits = u"0123456789ABCDEF";
  out += u"\\x{";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[(unit >> shift) & 0xF];
  out += u'}';
}

char16_t read_escaped_unit(PatternReader& reader, char16_t letter) {
  switch (letter) {
    case u't':
      return u'\t';
    case u'n':
      return u'\n';
    case u'v':
      return u'\v';
    case u'f':
      return u'\f';
    case u'r':
      return u'\r';
    case u'c':
      if (reader.at_end() || !is_letter(reader.rest().front())) {
        reader.fail("\\c without a letter");
      }
      return static_cast<char16_t>(reader.take() % 32);
    case u'x':
      return static_cast<char16_t>(reader.hex(2).value_or(letter));
    case u'u':
      return static_cast<char16_t>(reader.hex(4).value_or(letter));
    default:
      break;
  }
  return is_octal(letter) ? octal(reader, letter) : letter;
}

bool append_set(std::u16string& out, char16_t letter) {
  switch (letter) {
    case u'd':
    case u'D':
    case u'w':
    case u'W':
      out.append(1, u'\\').append(1, letter);
      return true;
    case u's':
      out.append(u"[").append(kSpaces).append(u"]");
      return true;
    case u'S':
      out.append(u"[^").append(kSpaces).append(u"]");
      return true;
    default:
      return false;
  }
}

void append_class(std::u16string& out, PatternReader& reader) {
  if (reader.take_if(u"^]")) {
    out += kAnyUnit;
    return;
  }
  if (reader.take_if(u"]")) {
    out += kNothing;
    return;
  }
  out += reader.take_if(u"^") ? u"[^" : u"[";
  while (!reader.take_if(u"]")) {
    const auto first = class_item(out, reader);
    if (!reader.next_is(u"-") || reader.next_is(u"-]")) {
      if (first) append_unit(out, *first);
      continue;
    }
    reader.skip(1);
    const auto last = class_item(out, reader);
    if (first && last) {
      if (*first > *last) reader.fail("a range in a class is out of order");
      append_unit(out, *first);
      out += u'-';
      append_unit(out, *last);
      continue;
    }
    // "[\d-x]": the hyphen is a literal there.
    append_unit(out, u'-');
    if (first) append_unit(out, *first);
    if (last) append_unit(out, *last);
  }
  out += u']';
}

}  // namespace millrace::routing
