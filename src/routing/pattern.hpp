// Pattern is a regular expression of a project's configuration, written in JavaScript's syntax: the
// one place that decides what a user's pattern takes. PCRE2 matches it, on units of 16 bits as
// JavaScript does, with a bound on the work; what that does not suffice for is "cannot tell", never
// "no match".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "routing/decision.hpp"
#include "routing/utf16.hpp"

namespace millrace::routing {

/// What one match may spend on looking at letters again, and half of it on steps of going back.
inline constexpr std::uint32_t kMaxMatchWork = 2'000'000;

/// What the groups of a match took, as views into the subject.
struct PatternMatch {
  std::string_view whole;
  /// In the order of their numbers; none for a group that took no part.
  std::vector<std::optional<std::string_view>> groups;
};

/// Immutable: threads may share it.
class Pattern {
 public:
  enum class Case : std::uint8_t { sensitive, insensitive };
  enum class Engine : std::uint8_t { automatic, interpreter };

  /// `expression`: UTF-8. Error: invalid, with what is wrong and the place in the pattern.
  [[nodiscard]] static base::Result<Pattern> compile(std::string_view expression, Case matching);

  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  /// The first match in `subject`; "cannot tell" where the search takes more than kMaxMatchWork, and
  /// where a pattern without regard to case meets letters outside of ASCII. Memory for the search is
  /// held no longer than the call: 16 MB at most, of which a path of 16 KiB needs a quarter of one.
  /// `engine`: for tests of what happens where there is no compiled code.
  [[nodiscard]] Decision<PatternMatch> match(std::string_view subject,
                                             Encoding encoding = Encoding::utf8,
                                             Engine engine = Engine::automatic) const;

  /// Named groups with their numbers, from 1, in the pattern's order.
  [[nodiscard]] const std::vector<std::pair<std::string, std::uint32_t>>& names() const {
    return names_;
  }

 private:
  struct Code;
  Pattern(std::unique_ptr<Code> code, std::vector<std::pair<std::string, std::uint32_t>> names);

  std::unique_ptr<Code> code_;
  std::vector<std::pair<std::string, std::uint32_t>> names_;
};

}  // namespace millrace::routing
