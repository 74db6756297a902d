// PatternReader reads a JavaScript regular expression unit by unit, for the translation to PCRE2.
// It throws where the syntax is invalid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.hpp"

namespace millrace::routing {

[[nodiscard]] constexpr bool is_digit(char16_t unit) { return unit >= u'0' && unit <= u'9'; }
[[nodiscard]] constexpr bool is_octal(char16_t unit) { return unit >= u'0' && unit <= u'7'; }
[[nodiscard]] constexpr bool is_letter(char16_t unit) {
  return (unit >= u'a' && unit <= u'z') || (unit >= u'A' && unit <= u'Z');
}

/// An error in a pattern, with the index of the unit.
class PatternFailure final : public std::exception {
 public:
  PatternFailure(const char* text, std::size_t place) : text_(text), place_(place) {}
  [[nodiscard]] const char* what() const noexcept override { return text_; }
  [[nodiscard]] std::size_t place() const { return place_; }

 private:
  const char* text_;
  std::size_t place_;
};

/// Reads the source unit by unit.
class PatternReader {
 public:
  explicit PatternReader(std::u16string_view source) : source_(source) {}

  [[nodiscard]] bool at_end() const { return place_ == source_.size(); }
  [[nodiscard]] std::u16string_view rest() const { return source_.substr(place_); }
  [[nodiscard]] bool next_is(std::u16string_view text) const { return rest().starts_with(text); }
  char16_t take() { return source_[place_++]; }
  void skip(std::size_t units) { place_ += units; }
  bool take_if(std::u16string_view text) {
    if (!next_is(text)) return false;
    place_ += text.size();
    return true;
  }
  [[noreturn]] void fail(const char* text) const { throw PatternFailure(text, place_); }

  /// Reads a group name, after "(?<" or "\k<".
  std::string name() {
    std::string name;
    while (!at_end() && !next_is(u">")) {
      const char16_t unit = take();
      const bool is_first = name.empty();
      if (!is_letter(unit) && unit != u'_' && unit != u'$' && (is_first || !is_digit(unit))) {
        fail("a group name may contain only ASCII letters, digits, $ and _");
      }
      name += static_cast<char>(unit);
    }
    if (name.empty() || !take_if(u">")) fail("a group name is not complete");
    return name;
  }

  /// Reads that many hexadecimal digits, or none.
  std::optional<std::uint32_t> hex(std::size_t digits) {
    if (rest().size() < digits) return std::nullopt;
    std::uint32_t value = 0;
    for (const char16_t unit : rest().substr(0, digits)) {
      const int digit = unit < 0x80 ? base::hex_digit(static_cast<char>(unit)) : -1;
      if (digit < 0) return std::nullopt;
      value = value * 16 + static_cast<std::uint32_t>(digit);
    }
    skip(digits);
    return value;
  }

 private:
  std::u16string_view source_;
  std::size_t place_ = 0;
};

}  // namespace millrace::routing
