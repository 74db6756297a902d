// Says a regular expression of JavaScript (without the flags u and v) in PCRE2's words. The two read
// the same text differently: `.`, `\s`, `\h`, `[^]`, `\u{1}`, backreferences. What PCRE2 would decide
// otherwise than JavaScript is written differently, or refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace millrace::routing {

/// The numbers of callouts, which stand where a match may spend work that PCRE2 does not count: after a
/// letter or a class that is repeated, and before `.*`, which runs to the end of the subject. Before a
/// backreference stands the number of its group.
inline constexpr std::uint32_t kWorkCallout = 0;
inline constexpr std::uint32_t kRunCallout = 255;

struct TranslatedPattern {
  /// For pcre2_compile of 16-bit units, without PCRE2_UTF and PCRE2_ALT_BSUX.
  std::u16string expression;
  /// Named groups with their numbers, from 1, in the pattern's order.
  std::vector<std::pair<std::string, std::uint32_t>> names;
};

/// Error: invalid, with what is wrong and where. Refused, though JavaScript knows them: modifiers
/// `(?i:…)`, names of groups outside of ASCII, `\c` without a letter, and backreferences whose group is
/// repeated, is not closed yet, or has a number above 254, or where either is in a look-behind.
[[nodiscard]] base::Result<TranslatedPattern> translate_pattern(std::u16string_view source);

}  // namespace millrace::routing
