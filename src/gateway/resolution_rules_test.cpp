// The effects of next.config's rules on a request: fields, redirects, rewritten paths and queries.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "gateway/testing/test_resolution.hpp"
#include "gateway/testing/test_rules.hpp"

namespace millrace::gateway {
namespace {

SitePlan api_with_rules() {
  SitePlan plan;
  plan.routes = {route_at("/api/fixed"), route_at("/api/[id]")};
  return plan;
}

/// Returns the pending fields of a request for `target` on a site with these headers() rules.
std::string added(const std::vector<project::Rule>& rules, std::string_view target,
                  std::string_view fields = kPlainFields) {
  SitePlan plan = api_with_rules();
  plan.rules.headers = rules;
  ResolvedRequest request(plan, target, fields);
  EXPECT_EQ(request.begin(), "not found");
  return request.pending();
}

TEST(ResolutionHeaders, AddTheFieldsOfEveryRuleThatMatches) {
  EXPECT_EQ(added({adding("/a", {{"X-One", "1"}, {"X-Two", "2"}}), adding("/b", {{"X-Three", "3"}}),
                   adding("/:all*", {{"X-Four", "4"}})},
                  "/a"),
            "X-One: 1\r\nX-Two: 2\r\nX-Four: 4\r\n");
}

TEST(ResolutionHeaders, TheLastRuleOfAFieldWinsAndCookiesAccumulate) {
  EXPECT_EQ(added({adding("/a", {{"X-One", "first"}, {"Set-Cookie", "a=1"}}),
                   adding("/a", {{"x-one", "last"}, {"set-cookie", "b=2"}})},
                  "/a"),
            "X-One: last\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n");
}

TEST(ResolutionHeaders, FillParametersIntoNamesAndValues) {
  EXPECT_EQ(added({adding("/:name/:rest*", {{"X-:name", "at :name/:rest*; :other"}})}, "/user/1/2"),
            "X-user: at user/1/2; :other\r\n");
}

TEST(ResolutionHeaders, FillInWhatConditionsCapture) {
  EXPECT_EQ(added({with(adding("/a", {{"X-Who", ":who"}}), cookie("session", "(?<who>[a-z]+)-.*"))},
                  "/a", "Cookie: session=ann-7\r\n"),
            "X-Who: ann\r\n");
}

TEST(ResolutionHeaders, OmitAFieldThatCannotBeFilledIn) {
  EXPECT_EQ(added({adding("/a/:rest*", {{"X-List", ":rest"}, {"X-Plain", "1"}})}, "/a/1/2"),
            "X-Plain: 1\r\n");
}

TEST(ResolutionHeaders, MatchTheRequestedAndNotTheRewrittenPath) {
  SitePlan plan = api_with_rules();
  plan.rules.headers = {adding("/from", {{"X-From", "1"}}), adding("/api/:id", {{"X-To", "1"}})};
  plan.rules.before_files = {rewriting("/from", "/api/fixed")};
  ResolvedRequest request(plan, "/from");
  EXPECT_EQ(request.begin(), "route /api/fixed ?");
  EXPECT_EQ(request.pending(), "X-From: 1\r\n");
}

struct RuleCase {
  std::string source;
  std::string destination;
  std::string target;
  std::string leads_to;
};

TEST(ResolutionRedirects, FillInTheDestination) {
  for (const auto& [source, destination, target, leads_to] : {
           RuleCase{"/old", "/new", "/old", "307 /new"},
           RuleCase{"/old/:id", "/new/:id", "/old/a%20b", "307 /new/a%20b"},
           RuleCase{"/old/:id/:rest*", "/:rest*/of/:id", "/old/7/x/y", "307 /x/y/of/7"},
           RuleCase{"/old/:rest*", "/new/:rest*", "/old", "307 /new"},
           RuleCase{"/old/:id", "/new?id=:id", "/old/7", "307 /new?id=7"},
           RuleCase{"/old/:id", "/new", "/old/7", "307 /new"},
           RuleCase{"/old", "/new#part", "/old?q=1", "307 /new?q=1#part"},
           RuleCase{"/old", "https://other.example:8443/new", "/old",
                    "307 https://other.example:8443/new"},
           RuleCase{"/:sub", "https://:sub.example/", "/docs", "307 https://docs.example/"},
           RuleCase{"/old/:rest*", "/new/:rest", "/old/7", "failed"},
       }) {
    SitePlan plan = api_with_rules();
    plan.rules.redirects = {redirecting(source, destination)};
    EXPECT_EQ(outcome(plan, target), leads_to) << source << " to " << destination;
  }
}

TEST(ResolutionRedirects, MergeTheQueryIntoThatOfTheDestination) {
  SitePlan plan = api_with_rules();
  plan.rules.redirects = {redirecting("/old", "/new?a=rule&b=rule")};
  EXPECT_EQ(outcome(plan, "/old?a=client&c=%C3%A9+x"), "307 /new?a=rule&c=%C3%A9%20x&b=rule");
}

TEST(ResolutionRedirects, TheFirstThatMatchesWins) {
  SitePlan plan = api_with_rules();
  plan.rules.redirects = {redirecting("/a", "/first", 308), redirecting("/a", "/second", 302),
                          redirecting("/b", "/third", 301)};
  EXPECT_EQ(outcome(plan, "/a"), "308 /first");
  EXPECT_EQ(outcome(plan, "/b"), "301 /third");
}

TEST(ResolutionRedirects, MergeSlashesSoThatNoPathBecomesAHost) {
  SitePlan plan = api_with_rules();
  plan.rules.redirects = {redirecting("/to/:rest*", "//:rest*"),
                          redirecting("/back", "/\\other.example")};
  EXPECT_EQ(outcome(plan, "/to/other.example"), "307 /other.example");
  EXPECT_EQ(outcome(plan, "/back"), "307 /other.example");
}

TEST(ResolutionRedirects, FailIfTheLocationWouldEndItsLine) {
  SitePlan plan = api_with_rules();
  plan.rules.redirects = {redirecting("/a", "/to\r\nX-Injected: 1")};
  EXPECT_EQ(outcome(plan, "/a"), "failed");
}

TEST(ResolutionConditions, RequireAllOfHasAndNoneOfMissing) {
  SitePlan plan = api_with_rules();
  plan.rules.redirects = {
      without(with(with(redirecting("/a", "/to"), header("x-a")), query("q", "1")), cookie("no"))};
  const std::string held = "X-A: yes\r\n";
  EXPECT_EQ(outcome(plan, "/a?q=1", held), "307 /to?q=1");
  EXPECT_EQ(outcome(plan, "/a?q=2", held), "not found");
  EXPECT_EQ(outcome(plan, "/a?q=1", {}), "not found");
  EXPECT_EQ(outcome(plan, "/a?q=1", held + "Cookie: no=1\r\n"), "not found");
}

TEST(ResolutionConditions, AddTheirCapturesToTheParameters) {
  SitePlan plan = api_with_rules();
  plan.rules.redirects = {with(redirecting("/a", "/h/:x"), header("x-part", "(?<x>[a-z]+)\\d")),
                          with(redirecting("/a", "/c/:name"), cookie("name")),
                          with(redirecting("/a", "/q/:page"), query("page")),
                          with(redirecting("/a", "/:tenant/a"), host("(?<tenant>.+)\\.example"))};
  EXPECT_EQ(outcome(plan, "/a", "X-Part: abc5\r\n"), "307 /h/abc");
  EXPECT_EQ(outcome(plan, "/a", "Cookie: name=ann\r\n"), "307 /c/ann");
  EXPECT_EQ(outcome(plan, "/a?page=3", {}), "307 /q/3?page=3");
  EXPECT_EQ(outcome(plan, "/a", "Host: Acme.Example:80\r\n"), "307 /acme/a");
}

TEST(ResolutionRewrites, FillInTheDestination) {
  for (const auto& [source, destination, target, leads_to] : {
           RuleCase{"/a", "/api/fixed", "/a", "route /api/fixed ?"},
           RuleCase{"/a/:id", "/api/:id", "/a/7", "route /api/[id] 7 ?"},
           RuleCase{"/a/:id", "/api/fixed", "/a/7", "route /api/fixed ?id=7"},
           RuleCase{"/a/:id", "/api/fixed?x=:id", "/a/7", "route /api/fixed ?x=7&id=7"},
           RuleCase{"/a/:rest*", "/api/fixed", "/a/1/2", "route /api/fixed ?rest[]=1&rest[]=2"},
           RuleCase{"/a/:rest*", "/api/:rest*", "/a/7", "route /api/[id] 7 ?"},
           RuleCase{"/a/:id", "/api/fixed#part", "/a/7", "route /api/fixed ?id=7"},
           RuleCase{"/a", "/api/fixed?x=rule", "/a?x=client&y=1", "route /api/fixed ?x=rule&y=1"},
           RuleCase{"/a", "/api/fixed", "/a?n=%26%3D&e", "route /api/fixed ?n=%26%3D&e="},
           RuleCase{"/a/:id", "/api/:id", "/a/%FF", "malformed"},
           RuleCase{"/a", "/none", "/a", "not found"},
           RuleCase{"/a/:rest*", "/api/:rest", "/a/1", "failed"},
       }) {
    for (const auto phase :
         {&project::Rules::before_files, &project::Rules::after_files, &project::Rules::fallback}) {
      SitePlan plan = api_with_rules();
      plan.rules.*phase = {rewriting(source, destination)};
      EXPECT_EQ(outcome(plan, target), leads_to) << source << " to " << destination;
    }
  }
}

TEST(ResolutionRewrites, LeaveTheSiteForAnUpstream) {
  for (const auto& [source, destination, target, leads_to] : {
           RuleCase{"/a", "http://other.example", "/a", "external http://other.example/"},
           RuleCase{"/a/:id", "https://o.example:8443/x/:id", "/a/7",
                    "external https://o.example:8443/x/7"},
           RuleCase{"/a/:id", "https://o.example/x", "/a/7?q=1",
                    "external https://o.example/x?q=1&id=7"},
           RuleCase{"/:sub/a", "https://:sub.example/", "/t/a", "external https://t.example/"},
       }) {
    for (const auto phase :
         {&project::Rules::before_files, &project::Rules::after_files, &project::Rules::fallback}) {
      SitePlan plan = api_with_rules();
      plan.rules.*phase = {rewriting(source, destination), rewriting("/:all*", "/api/fixed")};
      EXPECT_EQ(outcome(plan, target), leads_to) << source << " to " << destination;
    }
  }
}

TEST(ResolutionRewrites, BeforeFilesApplyInSequence) {
  SitePlan plan = api_with_rules();
  plan.rules.before_files = {rewriting("/a/:x", "/b/:x?one=1"), rewriting("/b/:y", "/c/:y?two=2"),
                             rewriting("/c/:z", "/api/:z")};
  EXPECT_EQ(outcome(plan, "/a/7"), "route /api/[id] 7 ?one=1&two=2");
}

TEST(ResolutionRewrites, BeforeFilesContinueAfterAMatchingRoute) {
  SitePlan plan = api_with_rules();
  plan.rules.before_files = {rewriting("/a", "/api/fixed"), rewriting("/api/fixed", "/api/7")};
  EXPECT_EQ(outcome(plan, "/a"), "route /api/[id] 7 ?");
}

TEST(ResolutionRewrites, AfterFilesStopAtAMatchingRoute) {
  SitePlan plan = api_with_rules();
  plan.rules.after_files = {rewriting("/a", "/api/fixed"), rewriting("/api/:x", "/nowhere")};
  plan.rules.fallback = {rewriting("/:all*", "/nowhere")};
  EXPECT_EQ(outcome(plan, "/a"), "route /api/fixed ?");
}

TEST(ResolutionRewrites, AfterFilesContinueWithoutAMatchingRoute) {
  SitePlan plan = api_with_rules();
  plan.rules.after_files = {rewriting("/a", "/nothing"), rewriting("/nothing", "/api/fixed")};
  EXPECT_EQ(outcome(plan, "/a"), "route /api/fixed ?");
}

TEST(ResolutionRewrites, ConditionsSeeTheRewrittenQuery) {
  SitePlan plan = api_with_rules();
  plan.rules.before_files = {rewriting("/a", "/a?flag=1"),
                             with(rewriting("/a", "/api/fixed"), query("flag", "1"))};
  EXPECT_EQ(outcome(plan, "/a"), "route /api/fixed ?flag=1");
}

TEST(ResolutionRewrites, TheRewrittenQueryIsEscaped) {
  SitePlan plan = api_with_rules();
  plan.rules.before_files = {rewriting("/a", "/api/fixed")};
  EXPECT_EQ(outcome(plan, "/a?n%20a=v+w%0D%0A&m=%E2%82%AC"),
            "route /api/fixed ?n%20a=v%20w%0D%0A&m=%E2%82%AC");
}

TEST(ResolutionRewrites, ThereIsNoRewrittenQueryWithoutARewrite) {
  SitePlan plan = api_with_rules();
  plan.rules.before_files = {rewriting("/a", "/api/fixed")};
  ResolvedRequest request(plan, "/api/fixed?a=1");
  EXPECT_EQ(request.begin(), "route /api/fixed");
  EXPECT_EQ(request.resolution().rewritten_query(), std::nullopt);
}

}  // namespace
}  // namespace millrace::gateway
