#include "gateway/rule_set.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>

namespace millrace::gateway {
namespace {

/// A manifest with these members, JSON.
project::Manifest manifest_with(std::string_view rules, std::string_view middleware = "null") {
  project::Manifest manifest;
  manifest.rules = boost::json::parse(rules);
  manifest.middleware = boost::json::parse(middleware);
  return manifest;
}

std::string failure_of(const project::Manifest& manifest) {
  const auto compiled = RuleSet::compile(manifest);
  return compiled ? "" : compiled.error().message();
}

TEST(RuleSet, IsNoneWhereTheManifestAsksForNothing) {
  for (const std::string_view rules : {"null", "{}", R"({"headers":[],"redirects":[]})"}) {
    const auto compiled = RuleSet::compile(manifest_with(rules));
    ASSERT_TRUE(compiled) << rules;
    EXPECT_FALSE(compiled.value().has_value()) << rules;
  }
}

TEST(RuleSet, IsThereForLocalesAlone) {
  project::Manifest manifest;
  manifest.config.i18n.emplace();
  const auto compiled = RuleSet::compile(manifest);
  ASSERT_TRUE(compiled);
  EXPECT_TRUE(compiled.value().has_value()) << "paths are then looked for in another way";
}

TEST(RuleSet, KeepsTheRulesOfEachStepInTheirOrder) {
  const auto compiled = RuleSet::compile(manifest_with(R"({
    "headers": [{"source": "/h1", "regex": "^/h1$"}, {"source": "/h2", "regex": "^/h2$"}],
    "redirects": [{"source": "/r", "regex": "^/r$", "destination": {}}],
    "rewrites": {
      "beforeFiles": [{"source": "/b", "regex": "^/b$", "destination": {}}],
      "afterFiles": [{"source": "/a", "regex": "^/a$", "destination": {}}],
      "fallback": [{"source": "/f", "regex": "^/f$", "destination": {}}]}})"));
  ASSERT_TRUE(compiled) << compiled.error().message();
  ASSERT_TRUE(compiled.value().has_value());
  const RuleSet& set = *compiled.value();
  std::string sources;
  for (const auto* step :
       {&set.headers, &set.redirects, &set.before_files, &set.after_files, &set.fallback}) {
    for (const routing::RuleMatcher& matcher : *step) sources += matcher.rule().source + ' ';
  }
  EXPECT_EQ(sources, "/h1 /h2 /r /b /a /f ");
  EXPECT_FALSE(set.has_middleware);
}

TEST(RuleSet, HasMiddlewareEvenWhereItMatchesNothing) {
  const auto compiled =
      RuleSet::compile(manifest_with("null", R"({"file": "proxy.ts", "module": "m.mjs"})"));
  ASSERT_TRUE(compiled) << compiled.error().message();
  ASSERT_TRUE(compiled.value().has_value());
  EXPECT_TRUE(compiled.value()->has_middleware);
  EXPECT_TRUE(compiled.value()->middleware.empty());
}

TEST(RuleSet, NamesARuleThatLeadsNowhere) {
  EXPECT_EQ(failure_of(manifest_with(R"({"redirects": [{"source": "/r", "regex": "^/r$"}]})")),
            "the rule for /r has no destination");
  EXPECT_EQ(failure_of(manifest_with(
                R"({"rewrites": {"fallback": [{"source": "/f", "regex": "^/f$"}]}})")),
            "the rule for /f has no destination");
}

TEST(RuleSet, NamesARuleWhosePatternCannotBeRead) {
  const std::string rule =
      failure_of(manifest_with(R"({"headers": [{"source": "/h", "regex": "^/h("}]})"));
  EXPECT_NE(rule.find("the rule for /h: "), std::string::npos) << rule;
  const std::string matcher = failure_of(manifest_with(
      "null", R"({"file": "a", "module": "b", "matchers": [{"source": "/m", "regex": "["}]})"));
  EXPECT_NE(matcher.find("the rule for /m: "), std::string::npos) << matcher;
}

TEST(RuleSet, RefusesMembersOfTheWrongKind) {
  EXPECT_NE(failure_of(manifest_with("[]")).find("rules: expected an object"), std::string::npos);
  EXPECT_NE(failure_of(manifest_with("null", "true")).find("middleware: expected an object"),
            std::string::npos);
}

}  // namespace
}  // namespace millrace::gateway
