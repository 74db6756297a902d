// RuleMatcher holds one rule of next.config, or one matcher of the middleware, against a request:
// its path, and what `has` and `missing` say of fields, cookies, query and host.
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

/// What conditions look at.
struct RequestFacts {
  /// The request's field section.
  std::string_view fields;
  const NamedValues& query;
};

/// Immutable: threads may share it.
class RuleMatcher {
 public:
  /// `matching`: of the path. Error: invalid, where one of the rule's patterns cannot be read.
  [[nodiscard]] static base::Result<RuleMatcher> compile(project::Rule rule,
                                                         Pattern::Case matching);

  [[nodiscard]] const project::Rule& rule() const { return rule_; }

  /// The parameters that path and conditions yield; no where the rule does not take the request, and
  /// "cannot tell" where one of its patterns cannot be decided before another one has said no.
  /// `path` is whole, with basePath and locale, without query.
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
  /// The parameters that a condition yields.
  [[nodiscard]] static Decision<NamedValues> holds(const CompiledCondition& condition,
                                                   const RequestFacts& request);
  [[nodiscard]] NamedValues parameters_of(const PatternMatch& match) const;
  /// `parameters`, together with those of the conditions.
  [[nodiscard]] Decision<NamedValues> with_conditions(NamedValues parameters,
                                                      const RequestFacts& request) const;

  project::Rule rule_;
  Pattern path_;
  std::vector<CompiledCondition> has_;
  std::vector<CompiledCondition> missing_;
};

/// Compiles a list. Error: that of the first rule that cannot be compiled.
[[nodiscard]] base::Result<std::vector<RuleMatcher>> compile_rules(
    const std::vector<project::Rule>& rules, Pattern::Case matching);

}  // namespace millrace::routing
