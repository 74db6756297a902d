// The order of the steps, and how paths resolve: basePath, trailing slashes, locales.
#include "gateway/resolution.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gateway/testing/test_resolution.hpp"
#include "gateway/testing/test_rules.hpp"
#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

using project::RouterKind;

/// A request and its result.
struct Case {
  std::string target;
  std::string leads_to;
};

void expect_all(const SitePlan& plan, const std::vector<Case>& cases) {
  for (const Case& item : cases) {
    EXPECT_EQ(outcome(plan, item.target), item.leads_to) << item.target;
  }
}

SitePlan api() {
  SitePlan plan;
  plan.routes = {route_at("/api/fixed"), route_at("/api/[id]"), route_at("/api/many/[...rest]")};
  return plan;
}

TEST(Resolution, WithoutRulesFilesComeBeforeRoutes) {
  const project::TestFolder folder;
  folder.write("public/logo.svg");
  folder.write("public/api/fixed");
  SitePlan plan = api();
  plan.root = folder.path();
  expect_all(plan, {{"/logo.svg", "file /logo.svg"},
                    {"/api/fixed", "file /api/fixed"},
                    {"/api/other", "route /api/[id] other"},
                    {"/api/many/a/b", "route /api/many/[...rest] a/b"},
                    {"/", "not found"},
                    {"/api", "not found"}});
}

TEST(Resolution, WithoutARewriteHasNoRewrittenQuery) {
  EXPECT_EQ(outcome(api(), "/api/fixed?a=1"), "route /api/fixed");
}

TEST(Resolution, ParameterThatDoesNotDecodeIsMalformed) {
  expect_all(api(), {{"/api/%FF", "malformed"},
                     {"/api/%zz", "malformed"},
                     {"/api/many/a/%C3", "malformed"},
                     {"/api/%C3%A9", "route /api/[id] %C3%A9"},
                     {"/other/%FF", "not found"}});
}

/// A site in which each step applies to each of the paths.
SitePlan crowded() {
  SitePlan plan = api();
  plan.routes.push_back(route_at("/to/[step]"));
  return plan;
}

TEST(Resolution, RedirectsComeBeforeTheMiddleware) {
  SitePlan plan = crowded();
  plan.rules.redirects = {redirecting("/api/:x", "/elsewhere")};
  plan.rules.before_files = {rewriting("/api/:x", "/to/before")};
  plan.middleware.emplace({rule_for("/:all*")});
  EXPECT_EQ(outcome(plan, "/api/fixed"), "307 /elsewhere");
  EXPECT_EQ(outcome(plan, "/api/a/b"), "middleware");
}

TEST(Resolution, RewritesBeforeFilesComeBeforeFilesAndStaticRoutes) {
  const project::TestFolder folder;
  folder.write("public/x.txt");
  SitePlan plan = crowded();
  plan.root = folder.path();
  plan.rules.before_files = {rewriting("/x.txt", "/to/before"),
                             rewriting("/api/fixed", "/to/before")};
  EXPECT_EQ(outcome(plan, "/x.txt"), "route /to/[step] before ?");
  EXPECT_EQ(outcome(plan, "/api/fixed"), "route /to/[step] before ?");
}

TEST(Resolution, RewritesAfterFilesComeBetweenStaticAndDynamicRoutes) {
  SitePlan plan = crowded();
  plan.rules.after_files = {rewriting("/api/:x", "/to/after")};
  expect_all(plan, {{"/api/fixed", "route /api/fixed"},
                    {"/api/other", "route /to/[step] after ?x=other"}});
}

TEST(Resolution, FilesComeBeforeRewritesAfterFiles) {
  const project::TestFolder folder;
  folder.write("public/x.txt");
  SitePlan plan = crowded();
  plan.root = folder.path();
  plan.rules.after_files = {rewriting("/x.txt", "/to/after")};
  EXPECT_EQ(outcome(plan, "/x.txt"), "file /x.txt");
}

TEST(Resolution, FallbackRewritesComeLast) {
  SitePlan plan = crowded();
  plan.rules.fallback = {rewriting("/:all*", "/to/fallback")};
  expect_all(plan, {{"/api/fixed", "route /api/fixed"},
                    {"/api/other", "route /api/[id] other"},
                    {"/nowhere", "route /to/[step] fallback ?all[]=nowhere"}});
}

TEST(Resolution, IsUndecidedIfARuleOfAnyStepCannotBeDecided) {
  const std::vector<project::Rule> hopeless = {endless_rule()};
  SitePlan headers = api();
  headers.rules.headers = hopeless;
  SitePlan redirects = api();
  redirects.rules.redirects = hopeless;
  redirects.rules.redirects[0].destination = destination_of("/");
  SitePlan middleware = api();
  middleware.middleware = hopeless;
  SitePlan before = api();
  before.rules.before_files = redirects.rules.redirects;
  SitePlan after = api();
  after.rules.after_files = redirects.rules.redirects;
  SitePlan fallback = api();
  fallback.rules.fallback = redirects.rules.redirects;
  for (const SitePlan& plan : {headers, redirects, middleware, before, after, fallback}) {
    ResolvedRequest request(plan, endless_path());
    EXPECT_EQ(request.begin(), "undecided");
    EXPECT_THAT(request.resolution().undecided(),
                testing::StartsWith("cannot decide whether the rule for /:path((?:a+)+) matches "
                                    "a request: "));
  }
}

TEST(Resolution, StopsAtARuleThatCannotBeDecided) {
  SitePlan plan = api();
  plan.rules.redirects = {endless_rule(), redirecting("/:all*", "/elsewhere")};
  plan.rules.redirects[0].destination = destination_of("/");
  EXPECT_EQ(outcome(plan, endless_path()), "undecided");
  EXPECT_EQ(outcome(plan, "/b"), "307 /elsewhere");
}

TEST(Resolution, FindsRoutesAndFilesBelowTheBasePathOnly) {
  const project::TestFolder folder;
  folder.write("public/x.txt");
  SitePlan plan = api();
  plan.routes.push_back(route_at("/"));
  plan.root = folder.path();
  plan.config.base_path = "/docs";
  expect_all(plan, {{"/docs/api/fixed", "route /api/fixed"},
                    {"/docs/x.txt", "file /x.txt"},
                    {"/docs", "route /"},
                    {"/docs/api", "not found"},
                    {"/api/fixed", "not found"},
                    {"/x.txt", "not found"},
                    {"/docsapi/fixed", "not found"},
                    {"/Docs/api/fixed", "not found"}});
}

TEST(Resolution, MatchesRulesOutsideTheBasePathToo) {
  SitePlan plan = api();
  plan.config.base_path = "/docs";
  plan.rules.redirects = {redirecting("/old", "/docs")};
  plan.rules.before_files = {rewriting("/plain/:id", "/docs/api/:id")};
  expect_all(plan, {{"/old", "307 /docs"}, {"/plain/7", "route /api/[id] 7 ?"}});
}

TEST(Resolution, ARewriteOutOfTheBasePathIsNotFound) {
  SitePlan plan = api();
  plan.config.base_path = "/docs";
  plan.rules.before_files = {rewriting("/docs/a", "/api/fixed")};
  EXPECT_EQ(outcome(plan, "/docs/a"), "not found");
}

TEST(Resolution, AcceptsTheConfiguredTrailingSlash) {
  const project::TestFolder folder;
  folder.write("public/x.txt");
  SitePlan plan = api();
  plan.root = folder.path();
  plan.config.trailing_slash = true;
  plan.rules.redirects = {redirecting("/old/:id", "/new/:id/")};
  expect_all(plan, {{"/api/fixed/", "route /api/fixed"},
                    {"/api/7/", "route /api/[id] 7"},
                    {"/x.txt", "file /x.txt"},
                    {"/old/7/", "307 /new/7/"}});
}

TEST(Resolution, AcceptsBothFormsIfSlashesAreNotRedirected) {
  SitePlan plan = api();
  plan.config.skip_trailing_slash_redirect = true;
  expect_all(plan, {{"/api/fixed", "route /api/fixed"}, {"/api/fixed/", "route /api/fixed"}});
}

SitePlan localised() {
  SitePlan plan = api();
  plan.routes.push_back(route_at("/hook", RouterKind::app));
  plan.routes.push_back(route_at("/hooks/[id]", RouterKind::app));
  plan.config.i18n.emplace();
  plan.config.i18n->locales = {"en", "de", "fr"};
  plan.config.i18n->default_locale = "en";
  plan.config.i18n->domains = {{.domain = "example.de:8080", .default_locale = "de"}};
  return plan;
}

TEST(Resolution, RulesSeeTheDefaultLocaleIfThePathNamesNone) {
  SitePlan plan = localised();
  plan.rules.redirects = {redirecting("/:lang/where", "/in/:lang"),
                          redirecting("/en", "/home-of-en")};
  expect_all(plan, {{"/where", "307 /in/en"},
                    {"/fr/where", "307 /in/fr"},
                    {"/FR/where", "307 /in/FR"},
                    {"/it/where", "not found"},
                    {"/", "307 /home-of-en"}});
}

TEST(Resolution, TheDefaultLocaleIsThatOfTheHostsDomain) {
  SitePlan plan = localised();
  plan.rules.redirects = {redirecting("/:lang/where", "/in/:lang")};
  EXPECT_EQ(outcome(plan, "/where", "Host: Example.DE:3000\r\n"), "307 /in/de");
  EXPECT_EQ(outcome(plan, "/where", "Host: www.example.de\r\n"), "307 /in/en");
  EXPECT_EQ(outcome(plan, "/where", {}), "307 /in/en");
}

TEST(Resolution, TheLocaleFollowsTheBasePath) {
  SitePlan plan = localised();
  plan.config.base_path = "/docs";
  plan.rules.redirects = {redirecting("/docs/:lang/where", "/in/:lang")};
  expect_all(plan, {{"/docs/where", "307 /in/en"},
                    {"/docs/de/where", "307 /in/de"},
                    {"/docs/api/fixed", "route /api/fixed"}});
}

TEST(Resolution, RoutesAreNotLocalised) {
  expect_all(localised(), {{"/api/fixed", "route /api/fixed"},
                           {"/api/7", "route /api/[id] 7"},
                           {"/hook", "route /hook"},
                           {"/hooks/7", "route /hooks/[id] 7"}});
}

TEST(Resolution, ALocaleInTheRequestMatchesNoRoute) {
  expect_all(localised(), {{"/de/api/fixed", "not found"},
                           {"/de/hook", "not found"},
                           {"/de/hooks/7", "not found"},
                           {"/de", "not found"}});
}

TEST(Resolution, RewritesOfALocaleReachPagesRoutesOnly) {
  SitePlan plan = localised();
  plan.rules.before_files = {
      rewriting("/:lang/call/:id", "/:lang/api/:id"), rewriting("/:lang/ring", "/:lang/hook"),
      rewriting("/:lang/rings/:id", "/hooks/:id"), rewriting("/:lang/plain", "/hook")};
  expect_all(plan, {{"/de/call/7", "route /api/[id] 7 ?"},
                    {"/call/7", "route /api/[id] 7 ?"},
                    {"/de/ring", "not found"},
                    {"/ring", "route /hook ?"},
                    {"/de/rings/7", "not found"},
                    {"/de/plain", "route /hook ?lang=de"}});
}

TEST(Resolution, FilesAreFoundWithAndWithoutALocale) {
  const project::TestFolder folder;
  folder.write("public/x.txt");
  SitePlan plan = localised();
  plan.root = folder.path();
  expect_all(plan, {{"/x.txt", "file /x.txt"}, {"/de/x.txt", "file /x.txt"}});
}

}  // namespace
}  // namespace millrace::gateway
