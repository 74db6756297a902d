#include "gateway/rule_set.hpp"

#include <utility>

#include "project/rules.hpp"

namespace millrace::gateway {

base::Result<std::optional<RuleSet>> RuleSet::compile(const project::Manifest& manifest) {
  project::Rules rules;
  if (!manifest.rules.is_null()) {
    auto parsed = project::parse_rules(manifest.rules);
    if (!parsed) return parsed.error();
    rules = std::move(parsed).value();
  }
  RuleSet set;
  if (!manifest.middleware.is_null()) {
    auto parsed = project::parse_middleware(manifest.middleware);
    if (!parsed) return parsed.error();
    set.has_middleware = true;
    auto matchers =
        routing::compile_rules(parsed.value().matchers, routing::Pattern::Case::sensitive);
    if (!matchers) return matchers.error();
    set.middleware = std::move(matchers).value();
  }
  if (rules.empty() && !set.has_middleware && !manifest.config.i18n) {
    return std::optional<RuleSet>();
  }
  for (const auto* rewriting :
       {&rules.redirects, &rules.before_files, &rules.after_files, &rules.fallback}) {
    for (const project::Rule& rule : *rewriting) {
      if (rule.destination) continue;
      return base::Error(base::ErrorCode::invalid,
                         "the rule for " + rule.source + " has no destination");
    }
  }
  for (const auto& [from, to] :
       {std::pair(&rules.headers, &set.headers), std::pair(&rules.redirects, &set.redirects),
        std::pair(&rules.before_files, &set.before_files),
        std::pair(&rules.after_files, &set.after_files),
        std::pair(&rules.fallback, &set.fallback)}) {
    auto compiled = routing::compile_rules(*from, routing::Pattern::Case::insensitive);
    if (!compiled) return compiled.error();
    *to = std::move(compiled).value();
  }
  return std::optional<RuleSet>(std::move(set));
}

}  // namespace millrace::gateway
