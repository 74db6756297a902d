// Decimal forms of numbers, appended to text. Independent of the locale, and without fmt's
// interpretation of a format at each call, which costs more than the digits.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string>

namespace millrace::base {

/// Appends an integer, or the shortest text that reads as the same floating-point number.
template <typename Number>
void append_decimal(std::string& to, Number number) {
  std::array<char, 32> digits;  // NOLINT: written by to_chars
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  to.append(digits.data(), end);
}

/// Appends the last three digits of `number`.
inline void append_three_digits(std::string& to, std::uint64_t number) {
  const std::array<char, 3> digits = {static_cast<char>('0' + number / 100 % 10),
                                      static_cast<char>('0' + number / 10 % 10),
                                      static_cast<char>('0' + number % 10)};
  to.append(digits.data(), digits.size());
}

}  // namespace millrace::base
