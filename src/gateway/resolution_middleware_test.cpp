// Which requests run the middleware, and how they continue after it.
#include <gtest/gtest.h>

#include <string>

#include "gateway/testing/test_resolution.hpp"
#include "gateway/testing/test_rules.hpp"
#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

SitePlan guarded() {
  SitePlan plan;
  plan.routes = {route_at("/api/fixed"), route_at("/api/[id]")};
  plan.middleware.emplace({rule_for("/api/:any*"), rule_for("/old"), rule_for("/caf\xC3\xA9")});
  return plan;
}

TEST(ResolutionMiddleware, RunsIfOneOfItsMatchersMatches) {
  EXPECT_EQ(outcome(guarded(), "/api/fixed"), "middleware");
  EXPECT_EQ(outcome(guarded(), "/old"), "middleware");
  EXPECT_EQ(outcome(guarded(), "/elsewhere"), "not found");
}

TEST(ResolutionMiddleware, WithoutMatchersNeverRuns) {
  SitePlan plan = guarded();
  plan.middleware->clear();
  EXPECT_EQ(outcome(plan, "/api/fixed"), "route /api/fixed");
}

TEST(ResolutionMiddleware, DoesNotRunIfTheProjectHasNone) {
  SitePlan plan = guarded();
  plan.middleware.reset();
  EXPECT_EQ(outcome(plan, "/api/fixed"), "route /api/fixed");
}

TEST(ResolutionMiddleware, MatchersAreCaseSensitiveUnlikeRules) {
  SitePlan plan = guarded();
  plan.rules.redirects = {redirecting("/moved", "/api/fixed")};
  EXPECT_EQ(outcome(plan, "/OLD"), "not found");
  EXPECT_EQ(outcome(plan, "/MOVED"), "307 /api/fixed");
}

TEST(ResolutionMiddleware, MatchersMatchTheDecodedPathToo) {
  EXPECT_EQ(outcome(guarded(), "/%61pi/fixed"), "middleware") << "or escapes would pass a guard";
  EXPECT_EQ(outcome(guarded(), "/caf%C3%A9"), "middleware");
}

TEST(ResolutionMiddleware, MatchersCheckConditions) {
  SitePlan plan = guarded();
  plan.middleware.emplace({without(rule_for("/api/:any*"), header("x-pass"))});
  EXPECT_EQ(outcome(plan, "/api/fixed"), "middleware");
  EXPECT_EQ(outcome(plan, "/api/fixed", "Host: a\r\nX-Pass: 1\r\n"), "route /api/fixed");
}

TEST(ResolutionMiddleware, RunsOnce) {
  ResolvedRequest request(guarded(), "/api/7");
  ASSERT_EQ(request.begin(), "middleware");
  EXPECT_EQ(request.after_next(), "route /api/[id] 7");
}

TEST(ResolutionMiddleware, NextContinuesWithFilesRoutesAndRewrites) {
  const project::TestFolder folder;
  folder.write("public/old");
  SitePlan plan = guarded();
  plan.rules.before_files = {rewriting("/api/moved", "/api/fixed?by=rule")};
  plan.root = folder.path();
  ResolvedRequest to_file(plan, "/old");
  ASSERT_EQ(to_file.begin(), "middleware");
  EXPECT_EQ(to_file.after_next(), "file /old");
  ResolvedRequest to_rewrite(plan, "/api/moved");
  ASSERT_EQ(to_rewrite.begin(), "middleware");
  EXPECT_EQ(to_rewrite.after_next(), "route /api/fixed ?by=rule");
}

TEST(ResolutionMiddleware, ARewriteReplacesPathAndQuery) {
  struct Case {
    std::string url;
    std::string leads_to;
  };
  for (const auto& [url, leads_to] : {
           Case{"/api/9", "route /api/[id] 9 ?"},
           Case{"/api/9?a=b&a=c&d", "route /api/[id] 9 ?a[]=b&a[]=c&d="},
           Case{"/api/9?own=%26#part", "route /api/[id] 9 ?own=%26"},
           Case{"?a=b", "route / ?a=b"},
           Case{"", "route / ?"},
           Case{"/elsewhere", "not found"},
           Case{"/api/%FF", "malformed"},
           Case{"http://other.example/x?y=z", "external http://other.example/x?y=z"},
           Case{"https://other.example", "external https://other.example"},
       }) {
    SitePlan plan = guarded();
    plan.routes.push_back(route_at("/"));
    ResolvedRequest request(plan, "/api/fixed?asked=1");
    ASSERT_EQ(request.begin(), "middleware");
    EXPECT_EQ(request.after_rewrite(url), leads_to) << url;
  }
}

TEST(ResolutionMiddleware, ARewriteIsSubjectToTheRewritesOfTheConfiguration) {
  SitePlan plan = guarded();
  plan.rules.before_files = {rewriting("/by-middleware/:id", "/api/:id")};
  ResolvedRequest request(plan, "/old");
  ASSERT_EQ(request.begin(), "middleware");
  EXPECT_EQ(request.after_rewrite("/by-middleware/7?q=1"), "route /api/[id] 7 ?q=1");
}

TEST(ResolutionMiddleware, ARewriteIsNotRedirected) {
  SitePlan plan = guarded();
  plan.rules.redirects = {redirecting("/api/7", "/elsewhere")};
  ResolvedRequest request(plan, "/old");
  ASSERT_EQ(request.begin(), "middleware");
  EXPECT_EQ(request.after_rewrite("/api/7"), "route /api/[id] 7 ?");
}

TEST(ResolutionMiddleware, RewritesSeeTheFieldsThatTheMiddlewareSet) {
  SitePlan plan = guarded();
  plan.rules.before_files = {with(rewriting("/old", "/api/:x"), header("x-to", "(?<x>.*)"))};
  ResolvedRequest request(plan, "/old", "Host: a\r\nX-To: client\r\n");
  ASSERT_EQ(request.begin(), "middleware");
  request.resolution().set_fields("host: a\r\nx-to: middleware\r\n", "x-to: middleware\r\n");
  EXPECT_EQ(request.after_next(), "route /api/[id] middleware ?");
  EXPECT_EQ(request.resolution().fields(), "host: a\r\nx-to: middleware\r\n");
}

TEST(ResolutionFields, OmitWhatTheConnectionFieldNames) {
  ResolvedRequest request(guarded(), "/",
                          "Host: a\r\nConnection: x-own, Keep-Alive\r\nX-Own: 1\r\nX-Other: 2\r\n");
  const std::string forwarded_fields = request.resolution().fields_to_forward();
  EXPECT_NE(forwarded_fields.find("Host: a\r\n"), std::string::npos);
  EXPECT_NE(forwarded_fields.find("X-Other: 2\r\n"), std::string::npos);
  EXPECT_EQ(forwarded_fields.find("X-Own: 1"), std::string::npos);
}

TEST(ResolutionFields, KeepFieldsOfTheMiddlewareThatConnectionNames) {
  ResolvedRequest request(guarded(), "/", "Host: a\r\n");
  request.resolution().set_fields(
      "host: a\r\nconnection: x-user, x-mine\r\nx-user: m\r\nx-mine: c\r\n", "x-user: m\r\n");
  const std::string forwarded_fields = request.resolution().fields_to_forward();
  EXPECT_NE(forwarded_fields.find("x-user: m\r\n"), std::string::npos)
      << "else a client could have a field of the middleware's left out";
  EXPECT_EQ(forwarded_fields.find("x-mine: c"), std::string::npos);
}

}  // namespace
}  // namespace millrace::gateway
