// RuleSet holds a generation's headers(), redirects(), rewrites() and middleware matchers, compiled
// once. A site without any of them has no rule set, and its requests skip Resolution.
#pragma once

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "project/manifest.hpp"
#include "routing/rule_matcher.hpp"

namespace millrace::gateway {

struct RuleSet {
  std::vector<routing::RuleMatcher> headers;
  std::vector<routing::RuleMatcher> redirects;
  std::vector<routing::RuleMatcher> before_files;
  std::vector<routing::RuleMatcher> after_files;
  std::vector<routing::RuleMatcher> fallback;
  bool has_middleware = false;
  std::vector<routing::RuleMatcher> middleware;

  /// Returns nothing where the manifest has no rules and no middleware. Error: invalid, naming the
  /// rule.
  [[nodiscard]] static base::Result<std::optional<RuleSet>> compile(
      const project::Manifest& manifest);
};

}  // namespace millrace::gateway
