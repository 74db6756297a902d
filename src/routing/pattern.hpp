// Pattern is a regular expression of a project's configuration, written in JavaScript's syntax and
// matched by PCRE2: users' matchers hold look-aheads and named groups. A match is bounded in steps
// and memory, so that no pattern can hold the server.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace millrace::routing {

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

  /// Error: invalid, with PCRE2's message and the place in the pattern.
  [[nodiscard]] static base::Result<Pattern> compile(std::string_view expression, Case matching);

  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  /// The first match in `subject`. Nothing where there is none, or the search took too long.
  [[nodiscard]] std::optional<PatternMatch> match(std::string_view subject) const;

  /// Named groups with their numbers, from 1, in the pattern's order.
  [[nodiscard]] const std::vector<std::pair<std::string, std::uint32_t>>& names() const {
    return names_;
  }

 private:
  struct Code;
  explicit Pattern(std::unique_ptr<Code> code);

  std::unique_ptr<Code> code_;
  std::vector<std::pair<std::string, std::uint32_t>> names_;
};

}  // namespace millrace::routing
