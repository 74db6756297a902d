// RuleMatcher matches one rule of next.config, or one matcher of the middleware, against a request:
// its path, and the fields, cookies, query and host that `has` and `missing` refer to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "project/rules.hpp"
#include "routing/decision.hpp"
#include "routing/named_values.hpp"
#include "routing/pattern.hpp"

namespace millrace::routing {

/// The request data that conditions examine.
struct RequestFacts {
  /// The request's field section.
  std::string_view fields;
  const NamedValues& query;
};

/// Immutable: threads may share it.
class RuleMatcher {
 public:
  /// `matching` applies to the path. Error: invalid, where one of the rule's patterns cannot be
  /// compiled.
  [[nodiscard]] static base::Result<RuleMatcher> compile(project::Rule rule,
                                                         Pattern::Case matching);

  [[nodiscard]] const project::Rule& rule() const { return rule_; }

  /// Returns the parameters that path and conditions capture; no where the rule does not match;
  /// "cannot tell" where one of its patterns cannot be decided before another one has said no.
  /// `path` has basePath and locale, but no query.
  [[nodiscard]] Decision<NamedValues> match(std::string_view path,
                                            const RequestFacts& request) const;

 private:
  struct CompiledCondition {
    project::Condition condition;
    std::optional<Pattern> value;
  };

  RuleMatcher(project::Rule rule, Pattern path);

  [[nodiscard]] static base::Result<std::vector<CompiledCondition>> compile_conditions(
      const std::vector<project::Condition>& conditions);
  /// Returns the parameters that a condition captures.
  [[nodiscard]] static Decision<NamedValues> holds(const CompiledCondition& condition,
                                                   const RequestFacts& request);
  [[nodiscard]] NamedValues parameters_of(const PatternMatch& match) const;
  /// Returns `parameters` together with those of the conditions.
  [[nodiscard]] Decision<NamedValues> with_conditions(NamedValues parameters,
                                                      const RequestFacts& request) const;

  project::Rule rule_;
  Pattern path_;
  std::vector<CompiledCondition> has_;
  std::vector<CompiledCondition> missing_;
};

/// Compiles a list of rules. Error: that of the first rule that cannot be compiled.
[[nodiscard]] base::Result<std::vector<RuleMatcher>> compile_rules(
    const std::vector<project::Rule>& rules, Pattern::Case matching);

}  // namespace millrace::routing
