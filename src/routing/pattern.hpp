// Pattern is a regular expression of a project's configuration in JavaScript's syntax; no other
// code interprets such patterns. PCRE2 matches it on 16-bit units, as JavaScript does, with a
// bounded amount of work; where the bound is reached the result is "cannot tell", never "no match".
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

/// The bound of one match: letters examined again; and half as many backtracking steps.
inline constexpr std::uint32_t kMaxMatchWork = 2'000'000;

/// The captures of a match, as views into the subject.
struct PatternMatch {
  std::string_view whole;
  /// By group number, from 1; nothing for a group that did not participate.
  std::vector<std::optional<std::string_view>> groups;
};

/// Immutable: threads may share it.
class Pattern {
 public:
  enum class Case : std::uint8_t { sensitive, insensitive };
  enum class Engine : std::uint8_t { automatic, interpreter };

  /// `expression`: UTF-8. Error: invalid, with the cause and its position in the pattern.
  [[nodiscard]] static base::Result<Pattern> compile(std::string_view expression, Case matching);

  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  /// Finds the first match in `subject`. Returns "cannot tell" where the search exceeds
  /// kMaxMatchWork, and where a case-insensitive pattern meets letters outside ASCII. Memory for
  /// the search is held only during the call: at most 16 MB, of which a path of 16 KiB needs a
  /// quarter of a megabyte. `engine`: for tests of the interpreter, which is used where there is no
  /// compiled code.
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
