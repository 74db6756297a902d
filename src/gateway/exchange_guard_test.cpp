// A middleware that guards pages guards every form in which a page can be requested: its HTML, its
// payloads and segments, its data, in each locale, also where the cache has the response.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "gateway/testing/test_exchange.hpp"
#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

using project::RouterKind;

constexpr std::string_view kKeptForever = "x-millrace-revalidate: false\r\n";
constexpr std::string_view kGuardedHost = "Host: localhost:3000\r\n";
constexpr std::string_view kRscOfNavigation = "RSC: 1\r\n";
constexpr std::string_view kSegment =
    "RSC: 1\r\nNext-Router-Prefetch: 1\r\nNext-Router-Segment-Prefetch: /_tree\r\n";

/// A matcher of /NAME/:path*, as the builder compiles it; `locale` is the pattern of a locale before it.
project::Rule guard(std::string_view name, std::string_view locale = {}) {
  project::Rule rule;
  rule.source = "/" + std::string(name) + "/:path*";
  rule.regex = "^(?:\\/(_next\\/data\\/[^/]{1,}))?";
  rule.regex.append(locale).append("\\/").append(name);
  rule.regex +=
      "(?:\\/((?:[^\\/#\\?]+?)(?:\\/(?:[^\\/#\\?]+?))*))?"
      "(\\.json|\\.rsc|\\.segments\\/.+\\.segment\\.rsc)?[\\/#\\?]?$";
  return rule;
}

/// The pages /admin and /admin/[id] of the App Router, /panel and /panel/[id] of the Pages Router, all
/// of them in the cache, and a file.
class ExchangeGuardTest : public ExchangeTest {
 protected:
  ExchangeGuardTest() {
    plan_.routes = {page_at("/admin", RouterKind::app_page),
                    page_at("/admin/[id]", RouterKind::app_page),
                    page_at("/panel", RouterKind::page), page_at("/panel/[id]", RouterKind::page),
                    page_at("/404", RouterKind::page)};
    plan_.routes.back().cached.reset();
    plan_.pages = project::Pages{.build_id = "id", .not_found = 4, .images = {}};
    plan_.root = folder_.path();
    folder_.write("public/admin/secret.txt", "secret");
    folder_.write("body", "secret");
    for (const std::string_view variant : {"", "rsc", "segment:/_tree"}) {
      keep(0, {}, variant);
      keep(1, "7", variant);
    }
    for (const std::string_view variant : {"", "data"}) {
      keep(2, {}, variant);
      keep(3, "7", variant);
    }
    plan_.middleware = {guard("admin"), guard("panel")};
    serve();
  }

  static project::Route page_at(std::string_view path, RouterKind kind) {
    project::Route route = route_at(path, kind);
    route.of_next = true;
    route.module = "page.js";
    route.cached.emplace();
    return route;
  }

  void keep(std::uint32_t route, std::string parameters, std::string_view variant,
            std::string locale = {}) {
    plan_.prerendered.push_back({.route = route,
                                 .parameters = std::move(parameters),
                                 .variant = std::string(variant),
                                 .locale = std::move(locale),
                                 .fields = std::string(kKeptForever),
                                 .body = "body"});
  }

  /// What a client gets that the middleware does not let pass: its response is the middleware's, or
  /// nothing that was guarded.
  void expect_guarded(const std::string& target, std::string_view fields = {},
                      std::string method = "GET") {
    const std::size_t before = workers_->calls.size();
    TestClient& client = ask({.method = std::move(method),
                              .target = target,
                              .fields = std::string(kGuardedHost).append(fields)});
    EXPECT_EQ(client.response().find("secret"), std::string::npos) << target;
    if (client.status != 0) {
      EXPECT_TRUE(client.status == 308 || client.status == 307 || client.status == 404 ||
                  client.status == 400)
          << target << ' ' << client.response();
      return;
    }
    ASSERT_EQ(workers_->calls.size(), before + 1) << target;
    // The page for missing paths shows nothing of a page.
    const bool is_missing = call().route == plan_.pages->not_found;
    EXPECT_TRUE(is_missing || call().route == plan_.routes.size()) << target;
  }

  /// The middleware runs.
  void get_guarded(const std::string& target, std::string_view fields) {
    expect_guarded(target, fields);
    ASSERT_FALSE(workers_->calls.empty()) << target;
    EXPECT_EQ(call().route, plan_.routes.size()) << target;
    EXPECT_EQ(clients_.back().status, 0) << target;
  }

  void expect_guarded_in_each_form(const std::vector<std::string>& targets) {
    for (const std::string& target : targets) {
      for (const std::string_view fields : {std::string_view(), kRscOfNavigation, kSegment}) {
        expect_guarded(target, fields);
      }
      expect_guarded(target, {}, "HEAD");
    }
  }

  const project::TestFolder folder_;
};

TEST_F(ExchangeGuardTest, WhatItGuardsIsInTheCache) {
  plan_.middleware = {guard("other")};
  serve();
  EXPECT_EQ(get("/admin").response(), "200 secret");
  EXPECT_EQ(get("/_next/data/id/panel/7.json").response(), "200 secret");
  EXPECT_EQ(
      ask({.target = "/admin/7?_rsc", .fields = std::string(kGuardedHost).append(kRscOfNavigation)})
          .response(),
      "200 secret");
  EXPECT_EQ(get("/admin/secret.txt").response(), "200 secret");
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ExchangeGuardTest, EveryFormOfAPageRunsTheMiddleware) {
  for (const std::string_view path : {"/admin", "/admin/7"}) {
    for (const std::string_view fields : {std::string_view(), kRscOfNavigation, kSegment}) {
      for (const std::string_view query : {"", "?_rsc", "?_rsc=_i_aeImnuN6u1u1r", "?a=b&_rsc=x"}) {
        get_guarded(std::string(path).append(query), fields);
      }
    }
  }
  for (const std::string_view path :
       {"/panel", "/panel/7", "/_next/data/id/panel.json", "/_next/data/id/panel/7.json",
        "/_next/data/id/admin.json", "/_next/data/id/admin/7.json", "/admin/secret.txt"}) {
    get_guarded(std::string(path), {});
    get_guarded(std::string(path).append("?_rsc=x"), kRscOfNavigation);
  }
}

TEST_F(ExchangeGuardTest, NoSpellingOfAPathPassesIt) {
  expect_guarded_in_each_form({"/%61dmin",
                               "/%61dmin/7",
                               "/admin/%37",
                               "/admin%2f7",
                               "/admin//7",
                               "//admin",
                               "/admin/",
                               "/admin/.",
                               "/x/../admin",
                               "/x/%2e%2e/admin",
                               "/./admin",
                               "/\\admin",
                               "/admin\\7",
                               "/ADMIN",
                               "/Admin/7",
                               "/admin.rsc",
                               "/admin.txt",
                               "/admin.json",
                               "/admin/7.rsc",
                               "/admin/7.txt",
                               "/admin.segments/_tree.segment.rsc",
                               "/admin.segments/_tree.segment.txt",
                               "/admin/7.segments/_tree.segment.rsc",
                               "/admin/_tree.segment.rsc",
                               "/index/admin",
                               "/admin/index",
                               "/admin;a=b",
                               "/admin%00",
                               "/admin%23",
                               "/admin%3f",
                               "/admin/secret%2etxt",
                               "/%2fadmin",
                               "/admin/..%2fadmin",
                               "http://localhost/admin"});
}

TEST_F(ExchangeGuardTest, NoSpellingOfADataPathPassesIt) {
  expect_guarded_in_each_form({"/_next/data/id/panel.json/",
                               "/_next/data/id//panel.json",
                               "//_next/data/id/panel.json",
                               "/_next/data/id/%70anel.json",
                               "/_next/data/id/PANEL.json",
                               "/_next/data/ID/panel.json",
                               "/_next/data/other/panel.json",
                               "/_next/data/id/panel.JSON",
                               "/_next/data/id/panel.json.json",
                               "/_next/data/id/panel",
                               "/_next/data/id/panel%2ejson",
                               "/_next/data/id/index/panel.json",
                               "/_next/data/id/panel/index.json",
                               "/_next/data/id/x/../panel.json",
                               "/_next/data/id/panel.json%3f",
                               "/_next/data/id/panel.rsc",
                               "/_next%2fdata/id/panel.json",
                               "/_next/./data/id/panel.json",
                               "/_next/data/id/panel/%37.json",
                               "/_next/data/panel.json",
                               "/_next/data/id/_next/data/id/panel.json",
                               "/_next/data/id/admin.rsc.json"});
}

TEST_F(ExchangeGuardTest, ItsResponseIsThatOfTheRequest) {
  TestClient& client = get("/_next/data/id/panel.json");
  EXPECT_EQ(call().target, "/panel");
  workers_->respond(call(), 401, "X-A: b\r\n", "no");
  EXPECT_EQ(client.response(), "401 no");
  EXPECT_EQ(client.field("x-a"), "b");
}

TEST_F(ExchangeGuardTest, LetsDataOfThePagePass) {
  TestClient& client = get("/_next/data/id/panel.json");
  workers_->respond(call(), 200, "x-middleware-next: 1\r\n");
  EXPECT_EQ(client.response(), "200 secret");
}

TEST_F(ExchangeGuardTest, GuardsEachLocale) {
  plan_.config.i18n.emplace();
  plan_.config.i18n->locales = {"en", "fr"};
  plan_.config.i18n->default_locale = "en";
  for (const std::string_view variant : {"", "data"}) {
    for (const std::string_view locale : {"en", "fr"}) keep(2, {}, variant, std::string(locale));
  }
  plan_.middleware = {guard("other", "(?:\\/((?!_next\\/)[^/.]{1,}))")};
  serve();
  EXPECT_EQ(get("/fr/panel").response(), "200 secret");
  EXPECT_EQ(get("/_next/data/id/fr/panel.json").response(), "200 secret");
  plan_.middleware = {guard("panel", "(?:\\/((?!_next\\/)[^/.]{1,}))")};
  serve();
  for (const std::string_view target :
       {"/panel", "/fr/panel", "/FR/panel", "/en/panel", "/_next/data/id/panel.json",
        "/_next/data/id/fr/panel.json", "/_next/data/id/FR/panel.json"}) {
    get_guarded(std::string(target), {});
  }
  for (const std::string_view target :
       {"/fr/%70anel", "/%66r/panel", "/fr//panel", "/fr/fr/panel", "/fr/en/panel", "/nl/panel",
        "/fr/PANEL", "/fr%2fpanel", "/_next/data/id/%66r/panel.json",
        "/_next/data/fr/id/panel.json", "/fr/_next/data/id/panel.json",
        "/fr/_next/data/id/fr/panel.json", "/_next/data/id/fr/fr/panel.json",
        "/_next/data/id/index/fr/panel.json", "/_next/data/id/fr/index/panel.json",
        "/fr/panel.json", "/fr/panel.rsc"}) {
    expect_guarded(std::string(target));
  }
}

TEST_F(ExchangeGuardTest, GuardsBelowBasePath) {
  plan_.config.base_path = "/docs";
  project::Rule rule = guard("panel");
  rule.regex.replace(0, 1, "^\\/docs");
  plan_.middleware = {rule};
  serve();
  get_guarded("/docs/panel", {});
  get_guarded("/docs/_next/data/id/panel.json", {});
  for (const std::string_view target :
       {"/panel", "/_next/data/id/panel.json", "/docs//panel", "/docs/docs/panel", "/DOCS/panel",
        "/%64ocs/panel", "/docs/../panel", "/docs%2fpanel", "/docs/x/../panel"}) {
    expect_guarded(std::string(target));
  }
}

TEST_F(ExchangeGuardTest, DataOfAMissingPageIsAnEmptyObject) {
  TestClient& client = get("/_next/data/id/nope.json");
  EXPECT_EQ(client.response(), "404 {}");
  EXPECT_EQ(client.field("x-nextjs-matched-path"), "/nope");
  EXPECT_EQ(client.field("content-type"), "application/json");
  EXPECT_EQ(client.field("cache-control"),
            "private, no-cache, no-store, max-age=0, must-revalidate");
}

TEST_F(ExchangeGuardTest, DataOfAPathThatWasNotPrerenderedIsAnEmptyObject) {
  plan_.routes[3].cached->dynamic_params = false;
  plan_.middleware = {guard("other")};
  serve();
  EXPECT_EQ(get("/_next/data/id/panel/8.json").response(), "404 {}");
  EXPECT_EQ(get("/_next/data/id/panel/7.json").response(), "200 secret");
}

}  // namespace
}  // namespace millrace::gateway
