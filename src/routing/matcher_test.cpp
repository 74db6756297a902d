#include "routing/matcher.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::routing {
namespace {

std::vector<project::Route> routes_at(std::initializer_list<std::string_view> paths) {
  std::vector<project::Route> routes;
  for (const std::string_view path : paths) {
    project::Route route;
    route.path = path;
    route.parameters = project::parameters_of(path);
    routes.push_back(std::move(route));
  }
  return routes;
}

/// Returns "path: parameters" of the route that matches `path`, "none" where there is none.
class Matching {
 public:
  explicit Matching(std::initializer_list<std::string_view> paths)
      : routes_(routes_at(paths)), matcher_(routes_) {}

  std::string operator()(std::string_view path) {
    if (!matcher_.match(path, match_)) return "none";
    const std::string& found = routes_[match_.route].path;
    return match_.parameters.empty() ? found : found + ": " + match_.parameters;
  }

  [[nodiscard]] const Match& last() const { return match_; }

 private:
  std::vector<project::Route> routes_;
  Matcher matcher_;
  Match match_;
};

TEST(Matcher, PrefersStaticToSingleToCatchAll) {
  Matching matching{"/a/[...rest]", "/a/[id]", "/a/b", "/a/[id]/c"};
  EXPECT_EQ(matching("/a/b"), "/a/b");
  EXPECT_EQ(matching("/a/x"), "/a/[id]: x");
  EXPECT_EQ(matching("/a/x/c"), "/a/[id]/c: x");
  EXPECT_EQ(matching("/a/x/d"), "/a/[...rest]: x/d");
  EXPECT_EQ(matching("/a"), "none");
}

TEST(Matcher, IgnoresPagesThatAreShownInPlaceOfOthers) {
  std::vector<project::Route> routes = routes_at({"/500", "/_error", "/[...all]", "/404"});
  for (project::Route& route : routes) route.kind = project::RouterKind::page;
  routes[2].kind = project::RouterKind::app_page;
  const Matcher matcher(routes);
  Match match;
  for (const std::string_view path : {"/500", "/_error"}) {
    ASSERT_TRUE(matcher.match(path, match)) << path;
    EXPECT_EQ(match.route, 2U) << path;
    EXPECT_EQ(match.parameters, path.substr(1));
  }
  ASSERT_TRUE(matcher.match("/404", match));
  EXPECT_EQ(match.route, 3U);
}

TEST(Matcher, FindsThePageForFailuresOfAProjectWithoutTheAppRouter) {
  std::vector<project::Route> routes = routes_at({"/500", "/_error"});
  for (project::Route& route : routes) route.kind = project::RouterKind::page;
  const Matcher matcher(routes);
  Match match;
  EXPECT_TRUE(matcher.match("/500", match));
  EXPECT_FALSE(matcher.match("/_error", match));
}

TEST(Matcher, BacktracksFromAPreferredBranch) {
  Matching matching{"/a/b/c", "/a/[x]/d", "/[...all]"};
  EXPECT_EQ(matching("/a/b/c"), "/a/b/c");
  EXPECT_EQ(matching("/a/b/d"), "/a/[x]/d: b");
  EXPECT_EQ(matching("/a/b/e"), "/[...all]: a/b/e");
}

TEST(Matcher, MatchesAnOptionalCatchAllWithoutSegments) {
  Matching matching{"/o/[[...rest]]", "/p/[a]/[[...rest]]"};
  EXPECT_EQ(matching("/o"), "/o/[[...rest]]");
  EXPECT_EQ(matching("/o/1/2"), "/o/[[...rest]]: 1/2");
  EXPECT_EQ(matching("/p/1"), "/p/[a]/[[...rest]]: 1 ");
  EXPECT_EQ(matching("/p"), "none");
}

TEST(Matcher, ReturnsRawValues) {
  Matching matching{"/[a]/x/[b]/[...c]"};
  EXPECT_EQ(matching("/a%20b/x/%2F/1/%25"), "/[a]/x/[b]/[...c]: a%20b %2F 1/%25");
  EXPECT_FALSE(matching.last().malformed);
}

TEST(Matcher, ReportsValuesThatDoNotDecode) {
  Matching matching{"/[a]/x", "/s%"};
  EXPECT_EQ(matching("/%ff/x"), "/[a]/x: %ff");
  EXPECT_TRUE(matching.last().malformed);
  EXPECT_EQ(matching("/s%"), "/s%");
  EXPECT_FALSE(matching.last().malformed);
}

TEST(Matcher, ServesTheRoot) {
  Matching with{"/", "/[x]"};
  EXPECT_EQ(with("/"), "/");
  Matching optional{"/[[...all]]"};
  EXPECT_EQ(optional("/"), "/[[...all]]");
  Matching required{"/[...all]"};
  EXPECT_EQ(required("/"), "none");
}

TEST(Matcher, RejectsEmptySegments) {
  Matching matching{"/a/[id]", "/a/[id]/[...rest]"};
  EXPECT_EQ(matching("/a/"), "none");
  EXPECT_EQ(matching("/a//b"), "none");
  EXPECT_EQ(matching(""), "none");
  EXPECT_EQ(matching("a"), "none");
}

TEST(Matcher, MatchesNothingWithoutRoutes) {
  Matching matching{};
  EXPECT_EQ(matching("/"), "none");
  EXPECT_EQ(matching("/a/b"), "none");
}

TEST(Matcher, KeepsManySiblingsApart) {
  std::vector<project::Route> routes;
  for (int number = 0; number < 5000; ++number) {
    project::Route route;
    route.path = "/r" + std::to_string(number % 50) + "/s" + std::to_string(number);
    routes.push_back(std::move(route));
  }
  const Matcher matcher(routes);
  Match match;
  for (std::uint32_t number = 0; number < routes.size(); ++number) {
    ASSERT_TRUE(matcher.match(routes[number].path, match));
    ASSERT_EQ(match.route, number);
  }
  EXPECT_FALSE(matcher.match("/r1/s2", match));
}

}  // namespace
}  // namespace millrace::routing
