#include "gateway/rule_set.hpp"

#include <utility>

namespace millrace::gateway {

base::Result<std::optional<RuleSet>> RuleSet::compile(const project::Manifest& manifest) {
  const project::Rules& rules = manifest.rules;
  RuleSet set;
  if (manifest.middleware) {
    set.has_middleware = true;
    auto matchers =
        routing::compile_rules(manifest.middleware->matchers, routing::Pattern::Case::sensitive);
    if (!matchers) return matchers.error();
    set.middleware = std::move(matchers).value();
  }
  if (rules.empty() && !set.has_middleware && !manifest.config.i18n) {
    return std::optional<RuleSet>();
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
