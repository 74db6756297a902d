#include "gateway/rule_set.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace millrace::gateway {
namespace {

project::Rule rule(std::string_view source, std::string_view regex) {
  project::Rule made;
  made.source = source;
  made.regex = regex;
  return made;
}

/// Returns a rule with an empty destination.
project::Rule leading(std::string_view source, std::string_view regex) {
  project::Rule made = rule(source, regex);
  made.destination.emplace();
  return made;
}

std::string failure_of(const project::Manifest& manifest) {
  const auto compiled = RuleSet::compile(manifest);
  return compiled ? "" : compiled.error().message();
}

TEST(RuleSet, IsAbsentForAnEmptyManifest) {
  const auto compiled = RuleSet::compile({});
  ASSERT_TRUE(compiled);
  EXPECT_FALSE(compiled.value().has_value());
}

TEST(RuleSet, ExistsForLocalesAlone) {
  project::Manifest manifest;
  manifest.config.i18n.emplace();
  const auto compiled = RuleSet::compile(manifest);
  ASSERT_TRUE(compiled);
  EXPECT_TRUE(compiled.value().has_value()) << "paths are then looked for in another way";
}

TEST(RuleSet, KeepsTheRulesOfEachStepInTheirOrder) {
  project::Manifest manifest;
  manifest.rules = {.headers = {rule("/h1", "^/h1$"), rule("/h2", "^/h2$")},
                    .redirects = {leading("/r", "^/r$")},
                    .before_files = {leading("/b", "^/b$")},
                    .after_files = {leading("/a", "^/a$")},
                    .fallback = {leading("/f", "^/f$")}};
  const auto compiled = RuleSet::compile(manifest);
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

TEST(RuleSet, HasMiddlewareEvenIfItMatchesNothing) {
  project::Manifest manifest;
  manifest.middleware = project::Middleware{.file = "proxy.ts", .module = "m.mjs", .matchers = {}};
  const auto compiled = RuleSet::compile(manifest);
  ASSERT_TRUE(compiled) << compiled.error().message();
  ASSERT_TRUE(compiled.value().has_value());
  EXPECT_TRUE(compiled.value()->has_middleware);
  EXPECT_TRUE(compiled.value()->middleware.empty());
}

TEST(RuleSet, NamesTheRuleOfAnInvalidPattern) {
  project::Manifest with_header;
  with_header.rules.headers = {rule("/h", "^/h(")};
  const std::string header = failure_of(with_header);
  EXPECT_NE(header.find("the rule for /h: "), std::string::npos) << header;
  project::Manifest with_matcher;
  with_matcher.middleware =
      project::Middleware{.file = "a", .module = "b", .matchers = {rule("/m", "[")}};
  const std::string matcher = failure_of(with_matcher);
  EXPECT_NE(matcher.find("the rule for /m: "), std::string::npos) << matcher;
}

}  // namespace
}  // namespace millrace::gateway
