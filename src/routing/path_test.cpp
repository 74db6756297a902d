#include "routing/path.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "routing/query.hpp"
#include "routing/url_text.hpp"

namespace millrace::routing {
namespace {

using Outcome = PathResult::Outcome;

std::string route_path(std::string_view target, const PathRules& rules = {}) {
  std::string scratch;
  const PathResult result = normalise(target, rules, scratch);
  return result.outcome == Outcome::route ? std::string(result.path) : "no route";
}

Outcome outcome(std::string_view target, const PathRules& rules = {}) {
  std::string scratch;
  return normalise(target, rules, scratch).outcome;
}

TEST(Path, PointsIntoATargetThatNeedsNoChange) {
  const std::string_view target = "/api/users/a%2Fb?x=//";
  std::string scratch = "untouched";
  const PathResult result = normalise(target, {}, scratch);
  EXPECT_EQ(result.path, "/api/users/a%2Fb");
  EXPECT_EQ(result.path.data(), target.data());
  EXPECT_EQ(scratch, "untouched");
}

TEST(Path, ResolvesDotSegments) {
  EXPECT_EQ(route_path("/a/./b/../c"), "/a/c");
  EXPECT_EQ(route_path("/../../a"), "/a");
  EXPECT_EQ(route_path("/a/%2e%2E/b"), "/b");
  EXPECT_EQ(route_path("/.a/..b/..."), "/.a/..b/...");
  EXPECT_EQ(route_path("/%2"), "/%2");
  EXPECT_EQ(route_path("/.."), "/");
}

TEST(Path, EncodesCharactersThatAUrlMustNotContain) {
  EXPECT_EQ(route_path("/a\"b"), "/a%22b");
  EXPECT_EQ(route_path("/\xc3\xbc"), "/%C3%BC");
}

TEST(Path, UsesThePathOfAbsoluteTargets) {
  EXPECT_EQ(route_path("http://other.example/api/x?y"), "/api/x");
  EXPECT_EQ(route_path("HTTPS://other.example"), "/");
  EXPECT_EQ(route_path("http://other.example?x"), "/");
}

TEST(Path, RejectsTargetsThatAreNoPath) {
  EXPECT_EQ(outcome("*"), Outcome::bad_request);
  EXPECT_EQ(outcome(""), Outcome::bad_request);
  EXPECT_EQ(outcome("api/hello"), Outcome::bad_request);
  EXPECT_EQ(outcome("ftp://h/x"), Outcome::bad_request);
}

TEST(Path, ComparesBasePathBySegments) {
  const PathRules rules{.base_path = "/docs", .trailing_slash = false};
  EXPECT_EQ(route_path("/docs", rules), "/");
  EXPECT_EQ(route_path("/docs/api", rules), "/api");
  EXPECT_EQ(outcome("/docsapi", rules), Outcome::outside);
  EXPECT_EQ(outcome("/docs/../api", rules), Outcome::outside);
  EXPECT_EQ(outcome("/", rules), Outcome::outside);
}

TEST(Path, NeverRedirectsToAnotherHost) {
  for (const std::string_view target : {"//evil.example", "/\\evil.example", "\\\\evil.example/",
                                        "//evil.example/%2e%2e", "/.//evil.example/"}) {
    std::string scratch;
    const PathResult result = normalise(target, {}, scratch);
    if (result.outcome != Outcome::redirect) continue;
    EXPECT_TRUE(result.location.starts_with("/")) << target;
    EXPECT_FALSE(result.location.starts_with("//")) << target;
  }
}

TEST(Decoding, IsThatOfDecodeUriComponent) {
  EXPECT_TRUE(decodes_as_utf8(""));
  EXPECT_TRUE(decodes_as_utf8("a%20b%E4%BD%A0%F0%9F%8E%89%00"));
  for (const std::string_view text :
       {"%", "%2", "a%", "%zz", "%g0", "%ff", "%80", "%C3", "%C3a", "%C3%", "%E4%BD", "%C0%80",
        "%ED%A0%80", "%F4%90%80%80", "%E0%80%80", "%F5%80%80%80", "%E4%BD%20"}) {
    EXPECT_FALSE(decodes_as_utf8(text)) << text;
  }
}

TEST(Query, IsParsedAndSerialised) {
  const auto canonical = [](std::string_view query) {
    std::string out;
    append_canonical_query(out, query);
    return out;
  };
  EXPECT_EQ(canonical(""), "");
  EXPECT_EQ(canonical("&&"), "");
  EXPECT_EQ(canonical("b=1&a=2&b=3"), "?b=1&b=3&a=2");
  EXPECT_EQ(canonical("2=b&x=1&1=a&01=q&4294967295=m&4294967294=n"),
            "?1=a&2=b&4294967294=n&x=1&01=q&4294967295=m");
  EXPECT_EQ(canonical("a=%ff%E4%BDx%F0%9F%8E%89%80"),
            "?a=%EF%BF%BD%EF%BF%BDx%F0%9F%8E%89%EF%BF%BD");
  EXPECT_EQ(canonical("a=%E4%C3%BC"), "?a=%EF%BF%BD%C3%BC");
}

TEST(Path, DefaultLocaleIsNoPartOfASlashRedirect) {
  const auto redirect = [](std::string_view target, const PathRules& rules) {
    std::string scratch;
    const PathResult result = normalise(target, rules, scratch, "en");
    return result.outcome == PathResult::Outcome::redirect ? std::string(result.location) : "none";
  };
  const PathRules plain;
  EXPECT_EQ(redirect("/en/about/", plain), "/about");
  EXPECT_EQ(redirect("/EN/about/?a=b", plain), "/about?a=b");
  EXPECT_EQ(redirect("/about/", plain), "/about");
  EXPECT_EQ(redirect("/fr/about/", plain), "/fr/about");
  EXPECT_EQ(redirect("/en/", plain), "none");
  EXPECT_EQ(redirect("/fr/", plain), "/fr");
  EXPECT_EQ(redirect("/english/", plain), "/english");
  const PathRules slashes{.base_path = {}, .trailing_slash = true};
  EXPECT_EQ(redirect("/en", slashes), "none");
  EXPECT_EQ(redirect("/en/about", slashes), "/about/");
  EXPECT_EQ(redirect("/fr", slashes), "/fr/");
  const PathRules based{.base_path = "/docs"};
  EXPECT_EQ(redirect("/docs/en/about/", based), "/docs/about");
  EXPECT_EQ(redirect("/docs/en/", based), "none");
  EXPECT_EQ(redirect("/docs/en/", {.base_path = "/docs", .trailing_slash = true}), "none");
  EXPECT_EQ(redirect("/docs/en", {.base_path = "/docs", .trailing_slash = true}), "/docs/");
}

}  // namespace
}  // namespace millrace::routing
