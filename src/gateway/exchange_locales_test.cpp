// Requests of a project with locales: the redirect to the client's own, pages that the cache has in
// each locale, and what workers are told of it.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "gateway/testing/test_exchange.hpp"
#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

using project::RouterKind;

constexpr std::string_view kKept = "x-millrace-revalidate: false\r\n";

class ExchangeLocalesTest : public ExchangeTest {
 protected:
  ExchangeLocalesTest() {
    plan_.routes = {page_at("/about"), page_at("/blog/[slug]"), page_at("/ssr"), page_at("/404")};
    plan_.routes[2].cached.reset();
    plan_.routes[1].cached->dynamic_params = false;
    plan_.pages = project::Pages{.build_id = "id", .not_found = 3, .images = {}};
    plan_.config.i18n.emplace();
    plan_.config.i18n->locales = {"en", "fr"};
    plan_.config.i18n->default_locale = "en";
    plan_.root = folder_.path();
    for (const std::string_view locale : {"en", "fr"}) {
      keep(0, {}, locale, "about");
      keep(3, {}, locale, "missing", 404);
    }
    keep(1, "first", "en", "first");
    serve();
  }

  static project::Route page_at(std::string_view path) {
    project::Route route = route_at(path, RouterKind::page);
    route.of_next = true;
    route.module = "page.js";
    route.cached.emplace();
    return route;
  }

  void keep(std::uint32_t route, std::string parameters, std::string_view locale,
            std::string_view text, std::uint16_t status = 200) {
    const std::string body = "built" + std::to_string(plan_.prerendered.size());
    folder_.write(body, std::string(text).append(" in ").append(locale));
    plan_.prerendered.push_back({.route = route,
                                 .parameters = std::move(parameters),
                                 .variant = {},
                                 .locale = std::string(locale),
                                 .status = status,
                                 .fields = std::string(kKept),
                                 .body = body});
  }

  const project::TestFolder folder_;
};

TEST_F(ExchangeLocalesTest, HomePageIsRedirectedToTheClientsLocale) {
  plan_.rules.headers = {adding("/:path*", {{"X-A", "1"}})};
  serve();
  TestClient& client =
      ask({.target = "/?a=b", .fields = "Host: a\r\nAccept-Language: fr;q=0.9, en;q=0.1\r\n"});
  EXPECT_EQ(client.response(), "307 /fr?a=b");
  EXPECT_EQ(client.fields, "Location: /fr?a=b\r\n");
}

TEST_F(ExchangeLocalesTest, CacheRespondsInEachLocale) {
  EXPECT_EQ(get("/about").response(), "200 about in en");
  EXPECT_EQ(get("/en/about").response(), "200 about in en");
  EXPECT_EQ(get("/fr/about").response(), "200 about in fr");
  EXPECT_EQ(get("/FR/about").response(), "200 about in fr");
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ExchangeLocalesTest, MissingPageRespondsInTheLocaleOfThePath) {
  EXPECT_EQ(get("/nope").response(), "404 missing in en");
  EXPECT_EQ(get("/fr/nope").response(), "404 missing in fr");
  EXPECT_EQ(get("/fr/api/nope").response(), "404 missing in fr");
}

TEST_F(ExchangeLocalesTest, PathThatWasPrerenderedInOneLocaleIsMissingInAnother) {
  EXPECT_EQ(get("/blog/first").response(), "200 first in en");
  EXPECT_EQ(get("/fr/blog/first").response(), "404 missing in en") << "as in Next.js";
}

TEST_F(ExchangeLocalesTest, PageIsMadeAtThePathOfItsLocale) {
  plan_.routes[1].cached->dynamic_params = true;
  serve();
  TestClient& first = get("/fr/blog/new");
  EXPECT_TRUE(call().fill);
  EXPECT_EQ(call().target, "/fr/blog/new");
  workers_->respond(call(), 200, kKept, "new in fr");
  EXPECT_EQ(first.response(), "200 new in fr");
  get("/blog/new");
  EXPECT_EQ(call().target, "/en/blog/new");
  get("/_next/data/id/fr/blog/new.json");
  EXPECT_EQ(call().target, "/_next/data/id/fr/blog/new.json");
}

TEST_F(ExchangeLocalesTest, MissingDataNamesThePageThatMatches) {
  TestClient& client = get("/_next/data/id/fr/blog/none.json");
  EXPECT_EQ(call().target, "/_next/data/id/fr/blog/none.json");
  EXPECT_EQ(call().route, 3U);
  workers_->respond(call(), 404, {}, "missing");
  EXPECT_EQ(client.field("x-nextjs-matched-path"), "/fr/blog/[slug]");
}

TEST_F(ExchangeLocalesTest, WorkerIsToldTheLocale) {
  get("/fr/ssr");
  EXPECT_EQ(call().target, "/fr/ssr");
  EXPECT_EQ(call().fields, "x-millrace-locale: fr\r\nHost: localhost:3000\r\n");
  plan_.rules.after_files = {rewriting("/en/other", "/fr/ssr?a=b")};
  serve();
  get("/other");
  EXPECT_EQ(call().fields,
            "x-millrace-query: a=b\r\nx-millrace-locale: fr\r\nHost: localhost:3000\r\n");
}

}  // namespace
}  // namespace millrace::gateway
