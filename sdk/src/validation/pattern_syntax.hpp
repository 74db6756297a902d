// Translates patterns of JavaScript to the syntax of Boost.Regex, which is Perl's, where both
// differ in meaning.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// UTF-16 code units, as in JavaScript's strings, one per wchar_t. Bytes that are not UTF-8 become
/// U+FFFD.
[[nodiscard]] std::wstring utf16_units(std::string_view text);

/// The pattern for boost::wregex over such units. Throws std::invalid_argument for an invalid
/// pattern.
[[nodiscard]] std::wstring translate_pattern(std::wstring_view source);

}  // namespace millrace
