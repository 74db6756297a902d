// What takes one unit of UTF-16 in a regular expression: letters, escapes, sets such as \s, and
// classes in brackets. They are read in JavaScript's syntax and written in PCRE2's.
#pragma once

#include <string>
#include <string_view>

#include "routing/pattern_reader.hpp"

namespace millrace::routing {

/// A class that takes every unit.
inline constexpr std::u16string_view kAnyUnit = u"[\\x{0}-\\x{FFFF}]";
/// `.`: a class that takes all but the ends of lines.
inline constexpr std::u16string_view kAllButLineEnds = u"[^\\x{A}\\x{D}\\x{2028}\\x{2029}]";

/// Writes a unit that means itself: letters and digits as they are, everything else by its code.
void append_unit(std::u16string& out, char16_t unit);

/// Reads what follows a backslash and `letter` where that is neither a set nor an assertion nor a
/// reference: the unit that it stands for. Throws PatternFailure.
[[nodiscard]] char16_t read_escaped_unit(PatternReader& reader, char16_t letter);

/// Writes the set that a backslash and `letter` stand for outside of a class, \d, \s and the like;
/// false where they stand for none.
bool append_set(std::u16string& out, char16_t letter);

/// Reads a class, whose opening bracket has been read, and writes it. Throws PatternFailure.
void append_class(std::u16string& out, PatternReader& reader);

}  // namespace millrace::routing
