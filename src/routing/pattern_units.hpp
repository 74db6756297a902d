// Reads the elements of a regular expression that match one UTF-16 unit (letters, escapes, sets
// such as \s, bracketed classes) in JavaScript's syntax and writes them in PCRE2's.
#pragma once

#include <string>
#include <string_view>

#include "routing/pattern_reader.hpp"

namespace millrace::routing {

/// A class that matches every unit.
inline constexpr std::u16string_view kAnyUnit = u"[\\x{0}-\\x{FFFF}]";
/// `.`: a class that matches everything but line terminators.
inline constexpr std::u16string_view kAllButLineEnds = u"[^\\x{A}\\x{D}\\x{2028}\\x{2029}]";

/// Writes a literal unit: letters and digits as they are, everything else as an escape.
void append_unit(std::u16string& out, char16_t unit);

/// Reads the rest of an escape after a backslash and `letter`, unless it is a set, an assertion or
/// a reference, and returns the unit that it represents. Throws PatternFailure.
[[nodiscard]] char16_t read_escaped_unit(PatternReader& reader, char16_t letter);

/// Writes the set that a backslash and `letter` represent outside a class: \d, \s and the like.
/// Returns false where they do not represent a set.
bool append_set(std::u16string& out, char16_t letter);

/// Reads a class after its opening bracket, and writes it. Throws PatternFailure.
void append_class(std::u16string& out, PatternReader& reader);

}  // namespace millrace::routing
