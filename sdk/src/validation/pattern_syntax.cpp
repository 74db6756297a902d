#include "validation/pattern_syntax.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include "text/percent.hpp"

namespace millrace {

namespace {

/// The characters of \s, for use in a class.
constexpr std::wstring_view kSpaceClass =
    L"\\t-\\r "
    L"\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}\\x{FEFF}";

/// The characters of \S.
constexpr std::wstring_view kNoSpaces =
    L"\\x{0}-\\x{8}\\x{E}-\\x{1F}!-\\x{9F}\\x{A1}-\\x{167F}\\x{1681}-\\x{1FFF}"
    L"\\x{200B}-\\x{2027}\\x{202A}-\\x{202E}\\x{2030}-\\x{205E}\\x{2060}-\\x{2FFF}"
    L"\\x{3001}-\\x{FEFE}\\x{FF00}-\\x{FFFF}";

/// The length of a quantifier in braces that starts before `rest`; 0 where it is not a quantifier.
std::size_t braces(std::wstring_view rest) {
  constexpr std::wstring_view kDigits = L"0123456789";
  std::size_t end = std::min(rest.find_first_not_of(kDigits), rest.size());
  if (end == 0) return 0;
  if (rest.substr(end).starts_with(L',')) {
    end = std::min(rest.find_first_not_of(kDigits, end + 1), rest.size());
  }
  return rest.substr(end).starts_with(L'}') ? end + 1 : 0;
}

bool is_hex(wchar_t letter) {
  return (letter >= L'0' && letter <= L'9') || (letter >= L'a' && letter <= L'f') ||
         (letter >= L'A' && letter <= L'F');
}

class Translation {
 public:
  explicit Translation(std::wstring_view source) : rest_(source) {}

  std::wstring run() {
    while (!rest_.empty()) {
      const wchar_t letter = take();
      if (letter == L'\\') {
        repeated_ = 0;
        escape();
      } else if (in_class_) {
        inside_class(letter);
      } else {
        outside_class(letter);
      }
    }
    return std::move(out_);
  }

 private:
  wchar_t take() {
    const wchar_t letter = rest_.front();
    rest_.remove_prefix(1);
    return letter;
  }

  void outside_class(wchar_t letter) {
    const std::size_t size = letter == L'{' ? braces(rest_) : 0;
    if (size > 0 || letter == L'*' || letter == L'+' || letter == L'?') {
      return quantifier(letter, size);
    }
    repeated_ = 0;
    // Perl's $ also matches before a final line break; JavaScript's does not.
    if (letter == L'^') {
      out_ += L"\\A";
    } else if (letter == L'$') {
      out_ += L"\\z";
    } else if (letter == L'.') {
      out_ += L"[^\\n\\r\\x{2028}\\x{2029}]";
    } else if (letter == L'[') {
      begin_class();
    } else if (letter == L'(') {
      begin_group();
    } else {
      if (letter == L'|') repeated_ = 2;
      out_ += letter;
    }
  }

  /// `size`: the length after the opening brace.
  void quantifier(wchar_t letter, std::size_t size) {
    // "a+?" is lazy in both; "a++" exists only in Perl.
    if (repeated_ > 1 || (repeated_ == 1 && letter != L'?')) {
      throw std::invalid_argument("nothing to repeat");
    }
    ++repeated_;
    out_.append(1, letter).append(rest_.substr(0, size));
    rest_.remove_prefix(size);
  }

  void begin_group() {
    out_ += L'(';
    repeated_ = 2;
    if (!rest_.starts_with(L'?')) return;
    out_ += take();
    // Modifiers of a group; those of all that follows do not exist in JavaScript.
    const std::size_t end = std::min(rest_.find_first_not_of(L"ims-"), rest_.size());
    const std::wstring_view rest = rest_.substr(end);
    const bool known =
        rest.starts_with(L':') ||
        (end == 0 && (rest.starts_with(L'=') || rest.starts_with(L'!') || rest.starts_with(L'<')));
    if (!known) throw std::invalid_argument("invalid group");
  }

  void begin_class() {
    if (rest_.starts_with(L"^]")) {
      rest_.remove_prefix(2);
      out_ += L"[\\s\\S]";
      return;
    }
    if (rest_.starts_with(L"]")) {
      rest_.remove_prefix(1);
      out_ += L"(?!)";
      return;
    }
    in_class_ = true;
    out_ += L'[';
    if (rest_.starts_with(L"^")) out_ += take();
  }

  void inside_class(wchar_t letter) {
    if (letter == L']') in_class_ = false;
    // "[[:alpha:]]" is a class of plain letters in JavaScript.
    if (letter == L'[') out_ += L'\\';
    out_ += letter;
  }

  void escape() {
    if (rest_.empty()) {
      out_ += L'\\';
      return;
    }
    const wchar_t letter = take();
    if (letter == L's') {
      out_.append(in_class_ ? L"" : L"[").append(kSpaceClass).append(in_class_ ? L"" : L"]");
    } else if (letter == L'S' && !in_class_) {
      out_.append(L"[^").append(kSpaceClass).append(L"]");
    } else if (letter == L'S') {
      out_.append(kNoSpaces);
    } else if (letter == L'u' && is_code(4)) {
      append_code(4);
    } else if (letter == L'x' && is_code(2)) {
      append_code(2);
    } else if (letter == L'0') {
      out_ += L"\\x{0}";
    } else if (letter == L'b' && in_class_) {
      out_ += L"\\x{8}";
    } else if (letter == L'c' && !rest_.empty()) {
      out_.append(L"\\c").append(1, take());
    } else {
      append_escaped(letter);
    }
  }

  [[nodiscard]] bool is_code(std::size_t digits) const {
    if (rest_.size() < digits) return false;
    for (const wchar_t digit : rest_.substr(0, digits)) {
      if (!is_hex(digit)) return false;
    }
    return true;
  }

  void append_code(std::size_t digits) {
    out_.append(L"\\x{").append(rest_.substr(0, digits)).append(L"}");
    rest_.remove_prefix(digits);
  }

  void append_escaped(wchar_t letter) {
    constexpr std::wstring_view kShared = L"bBdDwWSnrtfvk123456789";
    const bool letter_or_digit = (letter >= L'a' && letter <= L'z') ||
                                 (letter >= L'A' && letter <= L'Z') ||
                                 (letter >= L'0' && letter <= L'9');
    // An escape without meaning in JavaScript is the letter itself; more letters have a meaning in
    // Perl.
    const bool quoted = !letter_or_digit || kShared.find(letter) != std::wstring_view::npos;
    const bool perl_only = std::wstring_view(L"<>`'").find(letter) != std::wstring_view::npos;
    if (quoted && !perl_only) out_ += L'\\';
    out_ += letter;
  }

  std::wstring_view rest_;
  std::wstring out_;
  bool in_class_ = false;
  /// The number of quantifiers directly before; 2 where there is nothing to repeat.
  int repeated_ = 2;
};

/// Removes the first code point of UTF-8 and returns it; U+FFFD for an invalid byte.
std::uint32_t take_code_point(std::string_view& text) {
  const auto first = static_cast<std::uint8_t>(text.front());
  const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (size > text.size() || !is_utf8(text.substr(0, size))) {
    text.remove_prefix(1);
    return 0xFFFD;
  }
  std::uint32_t code = size == 1 ? first : first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    code = code << 6U | (static_cast<std::uint8_t>(text[i]) & 0x3FU);
  }
  text.remove_prefix(size);
  return code;
}

}  // namespace

std::wstring utf16_units(std::string_view text) {
  std::wstring units;
  units.reserve(text.size());
  while (!text.empty()) {
    const std::uint32_t code = take_code_point(text);
    if (code < 0x10000) {
      units += static_cast<wchar_t>(code);
    } else {
      units += static_cast<wchar_t>(0xD800 + ((code - 0x10000) >> 10U));
      units += static_cast<wchar_t>(0xDC00 + ((code - 0x10000) & 0x3FFU));
    }
  }
  return units;
}

std::wstring translate_pattern(std::wstring_view source) { return Translation(source).run(); }

}  // namespace millrace
