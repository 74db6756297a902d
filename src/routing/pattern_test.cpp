// What Pattern can and cannot decide; v8_cases.mjs compares its decisions with JavaScript.
#include "routing/pattern.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace millrace::routing {
namespace {

using Case = Pattern::Case;
using Engine = Pattern::Engine;

Pattern compiled(std::string_view expression, Case matching = Case::sensitive) {
  auto pattern = Pattern::compile(expression, matching);
  EXPECT_TRUE(pattern) << pattern.error().message();
  return std::move(pattern).value();
}

/// Returns "no", "cannot tell" or, after "yes: ", the captures.
std::string result_of(const Pattern& pattern, std::string_view subject,
                      Encoding encoding = Encoding::utf8, Engine engine = Engine::automatic) {
  return pattern.match(subject, encoding, engine)
      .decide(
          [](const PatternMatch& match) {
            std::string text = "yes:";
            for (const auto& group : match.groups) text.append(" ").append(group.value_or("-"));
            return text;
          },
          [] { return std::string("no"); },
          [](const CannotTell& why) {
            EXPECT_NE(why.reason, "");
            return std::string("cannot tell");
          });
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

constexpr std::string_view kList = R"(^\/api(?:\/((?:[^\/]+?)(?:\/(?:[^\/]+?))*))?(?:\/)?$)";

TEST(Pattern, DecidesPathsAsLongAsARequestsHeadMayBe) {
  const Pattern list = compiled(kList);
  // At 2,043 segments the default stack of compiled code overflowed.
  for (const std::size_t count : {1U, 2'042U, 2'043U, 8'000U}) {
    const std::string path = "/api/" + repeated("a/", count);
    for (const Engine engine : {Engine::automatic, Engine::interpreter}) {
      SCOPED_TRACE(count);
      EXPECT_EQ(result_of(list, path + 'z', Encoding::utf8, engine),
                "yes: " + path.substr(5) + 'z');
      EXPECT_EQ(result_of(list, path + "/z", Encoding::utf8, engine), "no");
      EXPECT_EQ(result_of(list, path + "z\n", Encoding::utf8, engine),
                "yes: " + path.substr(5) + "z\n");
    }
  }
  EXPECT_EQ(result_of(list, "/api/" + std::string(16'000, 'a')),
            "yes: " + std::string(16'000, 'a'));
}

TEST(Pattern, CannotTellBeyondTheBoundOnWork) {
  const std::string subject = std::string(8'000, 'a') + "x!";
  for (const std::string_view expression : {"^(a+)+$", "^(a|a)*$", "^.*.*.*x$", "^(a|aa)+$",
                                            R"(^(a*)(a*)(a*)\1\2\3x!!|^(a*)(a*)(a*)\1\2\3x$)"}) {
    SCOPED_TRACE(expression);
    const Pattern pattern = compiled(expression);
    EXPECT_EQ(result_of(pattern, subject), "cannot tell");
    EXPECT_EQ(result_of(pattern, subject, Encoding::utf8, Engine::interpreter), "cannot tell");
  }
}

TEST(Pattern, InterpretsSyntaxAsJavaScriptDoes) {
  EXPECT_EQ(result_of(compiled("^.$"), "\r"), "no");
  EXPECT_EQ(result_of(compiled("^.$"), "\n"), "no");
  EXPECT_EQ(result_of(compiled("^.$"), "\xE2\x80\xA8"), "no");
  EXPECT_EQ(result_of(compiled("^a$"), "a\n"), "no");
  EXPECT_EQ(result_of(compiled("^\\s$"), "\xC2\xA0"), "yes:");
  EXPECT_EQ(result_of(compiled("^\\w$"), "\xC3\xA9"), "no");
  EXPECT_EQ(result_of(compiled("^[^]$"), "\n"), "yes:");
  EXPECT_EQ(result_of(compiled("[]"), "a"), "no");
  EXPECT_EQ(result_of(compiled("^\\h\\u{2}\\Q$"), "huuQ"), "yes:");
  EXPECT_EQ(result_of(compiled("^[[:a:]]$"), ":]"), "yes:");
  EXPECT_EQ(result_of(compiled("^(?:(a)|b)\\1$"), "b"), "yes: -");
  EXPECT_EQ(result_of(compiled("^{a{,2}$"), "{a{,2}"), "yes:");
}

TEST(Pattern, CountsUnitsOf16Bits) {
  EXPECT_EQ(result_of(compiled("^(.)$"), "\xC3\xA9"), "yes: \xC3\xA9");
  EXPECT_EQ(result_of(compiled("^(.)$"), "\xC3\xA9", Encoding::latin1), "no");
  EXPECT_EQ(result_of(compiled("^(..)$"), "\xF0\x9F\x98\x80"), "yes: \xF0\x9F\x98\x80");
  EXPECT_EQ(result_of(compiled("^([\xD0\xB0-\xD1\x8F]+)(.*)$"), "\xD0\xBF\xD1\x80!"),
            "yes: \xD0\xBF\xD1\x80 !");
  EXPECT_EQ(result_of(compiled("^\\ufffd{3}$"), "\xFF\xE2\x82\xF0\x9F"), "yes:");
  EXPECT_EQ(result_of(compiled("^\xC3\xA9$"), "\xE9", Encoding::latin1), "yes:");
}

TEST(Pattern, CannotTellCaseOutsideAscii) {
  EXPECT_EQ(result_of(compiled("^k$", Case::insensitive), "K"), "yes:");
  EXPECT_EQ(result_of(compiled("^k$", Case::insensitive), "\xE2\x84\xAA"), "cannot tell");
}

TEST(Pattern, RejectsSyntaxThatItCannotMatchAsJavaScript) {
  for (const std::string_view expression :
       {"(?i:a)", "(?>a)", "(?#a)", "(*FAIL)", "a++", "a{2}{3}", "(?<=a+)b", "(?:(a)|b)*\\1",
        "(a\\1)", "(?<=(a))\\1", "[b-a]", "(", ")", "[a", "a\\", "(?<\xC3\xA9>a)", "\\c1", "*"}) {
    EXPECT_FALSE(Pattern::compile(expression, Case::sensitive)) << expression;
  }
}

TEST(Pattern, ReturnsNamesWithTheirNumbers) {
  const Pattern pattern = compiled(R"(([(])(?<one>a)(?:b)(?<_2$>c))");
  ASSERT_EQ(pattern.names().size(), 2U);
  EXPECT_EQ(pattern.names()[0].first, "one");
  EXPECT_EQ(pattern.names()[0].second, 2U);
  EXPECT_EQ(pattern.names()[1].first, "_2$");
  EXPECT_EQ(pattern.names()[1].second, 3U);
}

}  // namespace
}  // namespace millrace::routing
