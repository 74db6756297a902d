// How requests for pages resolve: data paths with and without a middleware, locales, and what clients
// of payloads are told of rewrites.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "gateway/testing/test_resolution.hpp"
#include "gateway/testing/test_rules.hpp"
#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

using project::RouterKind;

SitePlan site_with_pages() {
  SitePlan plan;
  plan.routes = {route_at("/", RouterKind::page),
                 route_at("/about", RouterKind::page),
                 route_at("/blog/[slug]", RouterKind::page),
                 route_at("/404", RouterKind::page),
                 route_at("/shop", RouterKind::app_page),
                 route_at("/api/hello")};
  plan.pages = project::Pages{.build_id = "id", .not_found = 3, .images = {}};
  return plan;
}

SitePlan guarded_pages() {
  SitePlan plan = site_with_pages();
  plan.middleware.emplace({rule_for("/about"), rule_for("/blog/:slug")});
  return plan;
}

SitePlan localised(SitePlan plan) {
  plan.config.i18n.emplace();
  plan.config.i18n->locales = {"en", "fr", "nl-NL"};
  plan.config.i18n->default_locale = "en";
  plan.config.i18n->domains = {{.domain = "example.nl", .default_locale = "nl-NL"}};
  return plan;
}

/// "route /about in fr".
std::string found(const SitePlan& plan, std::string_view target,
                  std::string_view fields = kPlainFields) {
  ResolvedRequest request(plan, target, fields);
  std::string text = request.begin();
  return text.append(" in ").append(request.resolution().locale());
}

TEST(ResolutionPages, DataPathsLeadToPagesOfThePagesRouter) {
  const SitePlan plan = site_with_pages();
  EXPECT_EQ(outcome(plan, "/_next/data/id/about.json"), "route /about");
  EXPECT_EQ(outcome(plan, "/_next/data/id/blog/a.json"), "route /blog/[slug] a");
  EXPECT_EQ(outcome(plan, "/_next/data/id/index.json"), "route /");
  EXPECT_EQ(outcome(plan, "/_next/data/id/shop.json"), "not found");
  EXPECT_EQ(outcome(plan, "/_next/data/other/about.json"), "not found");
}

TEST(ResolutionPages, MiddlewareSeesThePageWhoseDataIsRequested) {
  ResolvedRequest request(guarded_pages(), "/_next/data/id/blog/a.json?b=c");
  ASSERT_EQ(request.begin(), "middleware");
  EXPECT_EQ(request.resolution().middleware_target(), "/blog/a?b=c");
  EXPECT_NE(request.resolution().fields().find("x-nextjs-data: 1"), std::string::npos);
  EXPECT_EQ(request.after_next(), "route /blog/[slug] a");
}

TEST(ResolutionPages, MiddlewareSeesOtherTargetsAsTheyAre) {
  SitePlan plan = guarded_pages();
  for (const std::string_view target :
       {"/about", "/about?_rsc=a", "/_next/data/other/about.json"}) {
    ResolvedRequest request(plan, target);
    static_cast<void>(request.begin());
    EXPECT_EQ(request.resolution().middleware_target(), "") << target;
  }
  plan.config.skip_proxy_url_normalize = true;
  ResolvedRequest request(plan, "/_next/data/id/about.json");
  EXPECT_EQ(request.begin(), "middleware");
  EXPECT_EQ(request.resolution().middleware_target(), "");
}

TEST(ResolutionPages, DataOfAnotherBuildIsMarkedAndNotFound) {
  ResolvedRequest request(guarded_pages(), "/_next/data/other/about.json");
  EXPECT_EQ(request.begin(), "not found");
  EXPECT_NE(request.resolution().fields().find("x-nextjs-data: 1"), std::string::npos);
}

TEST(ResolutionPages, MissingDataIsNotAPageUnlessTheAppRouterHasOne) {
  const auto asks = [](const SitePlan& plan, std::string_view target) {
    ResolvedRequest request(plan, target);
    EXPECT_EQ(request.begin(), "not found") << target;
    return request.resolution().asks_for_data();
  };
  SitePlan plan = guarded_pages();
  EXPECT_TRUE(asks(plan, "/_next/data/id/nope.json"));
  EXPECT_FALSE(asks(plan, "/nope"));
  plan.pages->not_found = 4;
  EXPECT_FALSE(asks(plan, "/_next/data/id/nope.json"));
  plan.config.base_path = "/docs";
  EXPECT_TRUE(asks(plan, "/docs/_next/data/id/nope.json"));
}

TEST(ResolutionPages, MiddlewareRunsForEveryPathThatLeadsToAPage) {
  const SitePlan plan = guarded_pages();
  for (const std::string_view target :
       {"/about", "/%61bout", "/./about", "/x/../about", "/about?a", "/about%2f",
        "/_next/data/id/about.json", "/_next/data/id/%61bout.json",
        "/_next/data/id/index/about.json", "/_next/data/./id/about.json",
        "/_next/data/id/x/%2e%2e/about.json", "/_next/../about"}) {
    EXPECT_EQ(outcome(plan, target), "middleware") << target;
  }
  for (const std::string_view target :
       {"/ABOUT", "/about.json", "/_NEXT/data/id/about.json", "/_next/data/ID/about.json",
        "/_next/data/id/about", "/_next/data/id/about.JSON", "/_next/data/about.json",
        "/_next%2fdata/id/about.json", "/_next/data%2Fid/about.json", "/about%00"}) {
    EXPECT_EQ(outcome(plan, target), "not found") << target;
  }
}

TEST(ResolutionPages, DataPathsFollowBasePathAndTrailingSlash) {
  SitePlan plan = guarded_pages();
  plan.config.base_path = "/docs";
  plan.config.trailing_slash = true;
  plan.middleware.emplace({rule_for("/docs/about"), rule_for("/docs")});
  ResolvedRequest request(plan, "/docs/_next/data/id/about.json");
  ASSERT_EQ(request.begin(), "middleware");
  EXPECT_EQ(request.resolution().middleware_target(), "/docs/about/");
  EXPECT_EQ(request.after_next(), "route /about");
  EXPECT_EQ(outcome(plan, "/docs/_next/data/id/index.json"), "middleware");
  EXPECT_EQ(outcome(plan, "/_next/data/id/about.json"), "not found");
}

TEST(ResolutionPages, RuleDoesNotLeadToDataPastTheMiddleware) {
  SitePlan plan = site_with_pages();
  // As for `assetPrefix: '/cdn'`.
  plan.rules.before_files = {rewriting("/cdn/_next/:path*", "/_next/:path*")};
  EXPECT_EQ(outcome(plan, "/cdn/_next/data/id/about.json"), "route /about ?");
  plan.middleware.emplace({rule_for("/about")});
  EXPECT_EQ(outcome(plan, "/cdn/_next/data/id/about.json"), "not found");
  EXPECT_EQ(outcome(localised(plan), "/cdn/_next/data/id/fr/about.json"), "not found");
}

TEST(ResolutionPages, MiddlewareMayLeadToData) {
  ResolvedRequest request(guarded_pages(), "/about");
  ASSERT_EQ(request.begin(), "middleware");
  EXPECT_EQ(request.after_rewrite("/_next/data/id/blog/a.json"), "route /blog/[slug] a ?");
}

TEST(ResolutionPages, RulesSeeThePageWhoseDataIsRequestedIfThereIsAMiddleware) {
  SitePlan plan = site_with_pages();
  plan.rules.redirects = {redirecting("/go", "/about")};
  EXPECT_EQ(outcome(plan, "/_next/data/id/go.json"), "not found");
  plan.middleware.emplace();
  EXPECT_EQ(outcome(plan, "/_next/data/id/go.json"), "307 /about");
}

TEST(ResolutionPages, PageRespondsInTheLocaleOfThePath) {
  const SitePlan plan = localised(site_with_pages());
  EXPECT_EQ(found(plan, "/about"), "route /about in en");
  EXPECT_EQ(found(plan, "/fr/about"), "route /about in fr");
  EXPECT_EQ(found(plan, "/NL-nl/blog/a"), "route /blog/[slug] a in nl-NL");
  EXPECT_EQ(found(plan, "/fr"), "route / in fr");
  EXPECT_EQ(found(plan, "/fr/fr/about"), "not found in fr");
  EXPECT_EQ(found(plan, "/about", "Host: example.nl\r\n"), "route /about in nl-NL");
  EXPECT_EQ(found(plan, "/en/about", "Host: example.nl\r\n"), "route /about in en");
}

TEST(ResolutionPages, WhatIsMissingIsMissingInTheLocaleOfThePath) {
  const SitePlan plan = localised(site_with_pages());
  EXPECT_EQ(found(plan, "/nope"), "not found in en");
  EXPECT_EQ(found(plan, "/fr/nope"), "not found in fr");
  EXPECT_EQ(found(plan, "/_next/data/id/fr/nope.json"), "not found in fr");
}

TEST(ResolutionPages, DataHasItsLocaleInThePath) {
  const SitePlan plan = localised(site_with_pages());
  EXPECT_EQ(found(plan, "/_next/data/id/fr/about.json"), "route /about in fr");
  EXPECT_EQ(found(plan, "/_next/data/id/fr.json"), "route / in fr");
  EXPECT_EQ(found(plan, "/_next/data/id/fr/index.json"), "route / in fr");
  EXPECT_EQ(found(plan, "/_next/data/id/about.json"), "not found in en");
}

TEST(ResolutionPages, DataWithoutALocaleHasTheDefaultOneIfThereIsAMiddleware) {
  SitePlan plan = localised(guarded_pages());
  plan.middleware.emplace();
  EXPECT_EQ(found(plan, "/_next/data/id/about.json"), "route /about in en");
  EXPECT_EQ(found(plan, "/_next/data/id/fr/about.json"), "route /about in fr");
  EXPECT_EQ(found(plan, "/_next/data/id/about.json", "Host: example.nl\r\n"),
            "route /about in nl-NL");
}

TEST(ResolutionPages, MiddlewareSeesLocalesOfDataPaths) {
  SitePlan plan = localised(guarded_pages());
  plan.middleware.emplace({rule_for("/:lang/about")});
  for (const std::string_view target :
       {"/about", "/fr/about", "/FR/about", "/_next/data/id/fr/about.json",
        "/_next/data/id/FR/about.json", "/_next/data/id/about.json"}) {
    EXPECT_EQ(outcome(plan, target), "middleware") << target;
  }
  ResolvedRequest request(plan, "/_next/data/id/fr/about.json");
  EXPECT_EQ(request.begin(), "middleware");
  EXPECT_EQ(request.resolution().middleware_target(), "/fr/about");
}

TEST(ResolutionPages, RewriteToAnotherLocaleChangesIt) {
  SitePlan plan = localised(site_with_pages());
  plan.rules.after_files = {rewriting("/fr/lit", "/nl-NL/about"), rewriting("/fr/plain", "/about")};
  EXPECT_EQ(found(plan, "/fr/lit"), "route /about ? in nl-NL");
  EXPECT_EQ(found(plan, "/fr/plain"), "route /about ? in fr");
}

TEST(ResolutionPages, FilesAreServedBelowDefaultLocalesOnly) {
  const project::TestFolder folder;
  folder.write("public/x.txt");
  SitePlan plan = localised(site_with_pages());
  plan.root = folder.path();
  EXPECT_EQ(outcome(plan, "/x.txt"), "file /x.txt");
  EXPECT_EQ(outcome(plan, "/en/x.txt"), "file /x.txt");
  EXPECT_EQ(outcome(plan, "/nl-NL/x.txt"), "file /x.txt");
  EXPECT_EQ(outcome(plan, "/fr/x.txt"), "not found");
}

TEST(ResolutionPages, ClientOfAPayloadIsToldWhereARuleLeads) {
  SitePlan plan = site_with_pages();
  plan.rules.before_files = {rewriting("/by/:slug", "/blog/:slug?from=rule")};
  ResolvedRequest payload(plan, "/by/a?_rsc=b", "Host: a\r\nRSC: 1\r\n");
  EXPECT_EQ(payload.begin(), "route /blog/[slug] a ?_rsc=b&from=rule");
  EXPECT_EQ(payload.pending(),
            "x-nextjs-rewritten-path: /blog/a\r\nx-nextjs-rewritten-query: from=rule\r\n");
  ResolvedRequest document(plan, "/by/a");
  static_cast<void>(document.begin());
  EXPECT_EQ(document.pending(), "");
}

}  // namespace
}  // namespace millrace::gateway
