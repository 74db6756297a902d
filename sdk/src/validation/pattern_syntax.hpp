// Says a pattern of JavaScript in the words of Boost.Regex, which has Perl's: where both mean
// different things by the same letters.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// UTF-16 as JavaScript's strings are, one unit a wchar_t. What is no UTF-8 becomes U+FFFD.
[[nodiscard]] std::wstring utf16_units(std::string_view text);

/// A pattern for boost::wregex over such units.
[[nodiscard]] std::wstring translate_pattern(std::wstring_view source);

}  // namespace millrace
