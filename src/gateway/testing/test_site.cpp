#include "gateway/testing/test_site.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace millrace::gateway {

namespace {

std::vector<routing::RuleMatcher> compiled(const std::vector<project::Rule>& rules,
                                           routing::Pattern::Case matching) {
  auto matchers = routing::compile_rules(rules, matching);
  EXPECT_TRUE(matchers) << matchers.error().message();
  return std::move(matchers).value();
}

}  // namespace

project::Route route_at(std::string_view path, project::RouterKind kind) {
  project::Route route;
  route.path = path;
  route.kind = kind;
  route.parameters = project::parameters_of(path);
  return route;
}

project::Route cached_route_at(std::string_view path) {
  project::Route route = route_at(path, project::RouterKind::app);
  route.cached.emplace();
  return route;
}

std::shared_ptr<const Site> site_of(const SitePlan& plan) {
  project::Manifest manifest;
  manifest.config = plan.config;
  manifest.routes = plan.routes;
  manifest.prerendered = plan.prerendered;
  manifest.pages = plan.pages;
  manifest.built_at = plan.built_at;
  if (plan.images) manifest.pages = {.build_id = "b", .not_found = 0, .images = plan.images};
  auto site = std::make_shared<Site>(plan.generation, std::move(manifest), plan.dispatcher,
                                     plan.root, plan.root, false);
  constexpr auto kAnyCase = routing::Pattern::Case::insensitive;
  RuleSet& rules = site->rules.emplace();
  rules.headers = compiled(plan.rules.headers, kAnyCase);
  rules.redirects = compiled(plan.rules.redirects, kAnyCase);
  rules.before_files = compiled(plan.rules.before_files, kAnyCase);
  rules.after_files = compiled(plan.rules.after_files, kAnyCase);
  rules.fallback = compiled(plan.rules.fallback, kAnyCase);
  rules.has_middleware = plan.middleware.has_value();
  if (plan.middleware) {
    rules.middleware = compiled(*plan.middleware, routing::Pattern::Case::sensitive);
  }
  return site;
}

}  // namespace millrace::gateway
