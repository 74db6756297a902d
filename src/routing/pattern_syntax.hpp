// Translates a JavaScript regular expression (without the flags u and v) to PCRE2. The two
// languages interpret the same text differently: `.`, `\s`, `\h`, `[^]`, `\u{1}`, backreferences.
// Syntax that PCRE2 would match differently is rewritten or rejected.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace millrace::routing {

/// The numbers of callouts, which mark the places where a match may do work that PCRE2 does not
/// count: after a letter or a class that is repeated, and before `.*`, which runs to the end of the
/// subject. The callout before a backreference has the number of its group.
inline constexpr std::uint32_t kWorkCallout = 0;
inline constexpr std::uint32_t kRunCallout = 255;

struct TranslatedPattern {
  /// For pcre2_compile of 16-bit units, without PCRE2_UTF and PCRE2_ALT_BSUX.
  std::u16string expression;
  /// Named groups with their numbers, from 1, in the pattern's order.
  std::vector<std::pair<std::string, std::uint32_t>> names;
};

/// Error: invalid, with the cause and its position. Some syntax that JavaScript allows is rejected:
/// modifiers `(?i:…)`, group names outside ASCII, `\c` without a letter, and backreferences whose
/// group is repeated, is not closed yet or has a number above 254, or where group or reference is
/// in a look-behind.
[[nodiscard]] base::Result<TranslatedPattern> translate_pattern(std::u16string_view source);

}  // namespace millrace::routing
