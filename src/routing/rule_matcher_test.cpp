#include "routing/rule_matcher.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "routing/destination.hpp"
#include "routing/query.hpp"

namespace millrace::routing {
namespace {

using project::Condition;
using project::Rule;
using project::Token;

Token text(std::string value) {
  Token token;
  token.text = std::move(value);
  return token;
}

Token parameter(std::string name, std::string prefix = {}, char modifier = 0) {
  Token token;
  token.name = std::move(name);
  token.prefix = std::move(prefix);
  token.modifier = modifier;
  return token;
}

RuleMatcher compiled(Rule rule) {
  auto matcher = RuleMatcher::compile(std::move(rule), Pattern::Case::insensitive);
  EXPECT_TRUE(matcher) << matcher.error().message();
  return std::move(matcher).value();
}

Rule path_rule() {
  Rule rule;
  rule.source = "/old/:id/:rest*";
  rule.regex = R"(^\/old(?:\/([^\/]+?))(?:\/((?:[^\/]+?)(?:\/(?:[^\/]+?))*))?(?:\/)?$)";
  rule.keys = {{.name = "id", .repeats = false, .separator = {}},
               {.name = "rest", .repeats = true, .separator = "/"}};
  return rule;
}

std::string text_of(const NamedValues& values) {
  std::string text;
  append_query(text, values);
  return text;
}

std::string matched(const Rule& rule, std::string_view path, std::string_view fields = {},
                    std::string_view query = {}) {
  const NamedValues values = read_query(query);
  return compiled(rule)
      .match(path, {.fields = fields, .query = values})
      .decide([](const NamedValues& found) { return text_of(found); },
              [] { return std::string("no match"); },
              [](const CannotTell&) { return std::string("cannot tell"); });
}

TEST(RuleMatcher, ReturnsRawParameters) {
  EXPECT_EQ(matched(path_rule(), "/old/a%20b"), "id=a%2520b");
  EXPECT_EQ(matched(path_rule(), "/OLD/1/x/y/"), "id=1&rest=x&rest=y");
  EXPECT_EQ(matched(path_rule(), "/old"), "no match");
}

TEST(RuleMatcher, ChecksConditions) {
  Rule rule;
  rule.source = "/";
  rule.regex = "^/$";
  rule.has = {{.kind = Condition::Kind::header, .key = "X-Key", .value = {}},
              {.kind = Condition::Kind::cookie, .key = "who", .value = "(?<user>[a-z ]+)"},
              {.kind = Condition::Kind::host, .key = {}, .value = "(?<sub>.*)\\.example\\.com"},
              {.kind = Condition::Kind::query, .key = "page-no", .value = {}}};
  rule.missing = {{.kind = Condition::Kind::header, .key = "x-not", .value = "no"}};
  const std::string fields =
      "Host: APP.Example.com:80\r\nx-key: v\r\nCookie: a=1; who=jo%20e; who=x\r\n";
  EXPECT_EQ(matched(rule, "/", fields, "page-no=2&page-no=3"),
            "XKey=v&user=jo%20e&sub=app&pageno=2&pageno=3");
  EXPECT_EQ(matched(rule, "/", fields, "page=2"), "no match");
  EXPECT_EQ(matched(rule, "/", fields + "X-Not: no\r\n", "page-no=2"), "no match");
  EXPECT_NE(matched(rule, "/", fields + "X-Not: nope\r\n", "page-no=2"), "no match");
}

TEST(RuleMatcher, NamesAnInvalidPattern) {
  Rule rule;
  rule.source = "/a";
  rule.regex = "^/a(";
  const auto failed = compile_rules({rule}, Pattern::Case::sensitive);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message().find("the rule for /a"), std::string::npos);
}

/// With a suitable value this pattern backtracks practically for ever.
constexpr const char* kHopeless = "(a+)+";
const std::string kEndless = std::string(64, 'a') + "!";

TEST(RuleMatcher, CannotTellIfItsPatternsCannot) {
  Rule rule;
  rule.source = "/:path((?:a+)+)";
  rule.regex = "^/(?:a+)+$";
  EXPECT_EQ(matched(rule, "/" + kEndless), "cannot tell");
  rule.has = {{.kind = Condition::Kind::header, .key = "x", .value = {}}};
  EXPECT_EQ(matched(rule, "/" + kEndless, "x: 1\r\n"), "cannot tell");
  EXPECT_EQ(matched(rule, "/aa"), "no match");
}

TEST(RuleMatcher, AnUndecidedConditionNeitherHoldsNorFails) {
  for (const auto kind : {Condition::Kind::header, Condition::Kind::cookie, Condition::Kind::host,
                          Condition::Kind::query}) {
    const std::string fields =
        "host: " + kEndless + "\r\nx: " + kEndless + "\r\ncookie: x=" + kEndless + "\r\n";
    Rule has;
    has.regex = "^/$";
    has.has = {{.kind = kind, .key = "x", .value = kHopeless}};
    EXPECT_EQ(matched(has, "/", fields, "x=" + kEndless), "cannot tell");
    Rule missing;
    missing.regex = "^/$";
    missing.missing = has.has;
    EXPECT_EQ(matched(missing, "/", fields, "x=" + kEndless), "cannot tell");
    EXPECT_EQ(matched(missing, "/elsewhere", fields, "x=" + kEndless), "no match");
  }
}

TEST(RuleMatcher, ReadsValuesAsNodeDoes) {
  const auto holds = [](Condition condition, std::string_view fields, std::string_view query = {}) {
    Rule rule;
    rule.regex = "^/$";
    rule.has = {std::move(condition)};
    return matched(rule, "/", fields, query) != "no match";
  };
  const auto header = [](std::string key, std::string value) {
    return Condition{.kind = Condition::Kind::header, .key = std::move(key), .value = value};
  };
  const std::string twice = "Authorization: one\r\nX: 1\r\nauthorization: two\r\nx: 2\r\n";
  EXPECT_TRUE(holds(header("authorization", "one"), twice)) << "the first counts, as for handlers";
  EXPECT_TRUE(holds(header("x", "1, 2"), twice));
  EXPECT_TRUE(holds(header("x", "\xC3\xA9"), "x: \xE9\r\n")) << "fields are Latin-1";
  const auto cookie = [](std::string value) {
    return Condition{.kind = Condition::Kind::cookie, .key = "c", .value = value};
  };
  EXPECT_TRUE(holds(cookie("\xC3\xA9"), "cookie: c=%C3%A9\r\n"));
  EXPECT_TRUE(holds(cookie("%61%"), "cookie: c=%61%\r\n")) << "what does not decode stays whole";
  EXPECT_TRUE(holds(cookie("%61%FF"), "cookie: c=%61%FF\r\n"));
  EXPECT_TRUE(holds(cookie("a"), "cookie: c=\"a;\r\n") == false);
  EXPECT_TRUE(holds(cookie("a"), "cookie: c=\"ab\r\n")) << "as the package cookie unquotes";
  const Condition list{.kind = Condition::Kind::query, .key = "q", .value = ".*"};
  EXPECT_TRUE(holds(list, {}, "q=1&q=")) << "a list is there, whatever is in it";
  EXPECT_FALSE(holds(list, {}, "q="));
}

TEST(Destination, FillsPathHostQueryAndFragment) {
  project::Destination destination;
  destination.protocol = "https:";
  destination.host = {parameter("sub"), text(".example.com")};
  destination.port = "8443";
  destination.path = {text("/x"), parameter("rest", "/", '*'), text("#top")};
  destination.query = {{"q", {"a-:id"}}};
  NamedValues parameters;
  parameters.set("sub", "a b");
  parameters.set("id", "7%2F");
  parameters.set({.name = "rest", .values = {"1", "2"}, .list = true});
  const auto target =
      fill_destination(destination, parameters, read_query("o=1&q=2"), Purpose::redirect);
  ASSERT_TRUE(target);
  EXPECT_EQ(target->origin, "https://a%20b.example.com:8443");
  EXPECT_EQ(target->path, "/x/1/2");
  EXPECT_EQ(target->fragment, "#top");
  std::string query;
  append_destination_query(query, target->query, read_query("o=1&q=2"));
  EXPECT_EQ(query, "o=1&q=a-7%2F");
}

TEST(Destination, AddsUnusedParametersToARewritesQuery) {
  project::Destination destination;
  destination.path = {text("/to")};
  NamedValues parameters;
  parameters.set("id", "7");
  EXPECT_EQ(text_of(fill_destination(destination, parameters, {}, Purpose::rewrite)->query),
            "id=7");
  EXPECT_EQ(text_of(fill_destination(destination, parameters, {}, Purpose::redirect)->query), "");
  destination.path.push_back(parameter("id", "/"));
  EXPECT_EQ(text_of(fill_destination(destination, parameters, {}, Purpose::rewrite)->query), "");
}

TEST(Destination, RejectsAListWithoutAStar) {
  project::Destination destination;
  destination.path = {parameter("rest", "/")};
  NamedValues parameters;
  parameters.set({.name = "rest", .values = {"1", "2"}, .list = true});
  EXPECT_FALSE(fill_destination(destination, parameters, {}, Purpose::redirect));
  EXPECT_FALSE(fill_text("x/:rest", parameters));
  EXPECT_EQ(fill_text("x/:rest*", parameters), "x/1/2");
  EXPECT_EQ(fill_text("x-:rest*", parameters), "x-12");
  EXPECT_EQ(fill_text(":rest+ :other 12:30", parameters), "1/2 :other 12:30");
}

}  // namespace
}  // namespace millrace::routing
