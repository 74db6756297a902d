// Pages whose responses are cached: their variants, the build's, and what goes past the cache.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "gateway/page_variant.hpp"
#include "gateway/testing/test_exchange.hpp"
#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

using project::RouterKind;

/// A worker's fields for a page: rendered for this fill, and found in the shared cache.
constexpr std::string_view kMade = "x-millrace-revalidate: 60\r\nx-millrace-age: 0\r\n";
constexpr std::string_view kFound =
    "x-millrace-revalidate: 60\r\nx-millrace-age: 20000\r\nx-millrace-cache: HIT\r\n";
constexpr std::string_view kRsc = "RSC: 1\r\n";
constexpr std::size_t kCredit = protocol::kInitialCredit;

class ExchangePagesTest : public ExchangeTest {
 protected:
  ExchangePagesTest() {
    plan_.routes = {page_at("/blog/[slug]", RouterKind::app_page),
                    page_at("/old/[id]", RouterKind::page),
                    page_at("/_not-found", RouterKind::app_page)};
    plan_.pages = project::Pages{.build_id = "id", .not_found = kNotFound, .images = {}};
    plan_.root = folder_.path();
    serve();
  }

  static project::Route page_at(std::string_view path, RouterKind kind) {
    project::Route route = route_at(path, kind);
    route.of_next = true;
    route.module = "page.js";
    route.cached.emplace();
    return route;
  }

  TestClient& get_rsc(std::string target) {
    if (target.find('?') == std::string::npos) target += "?_rsc";
    return ask({.target = std::move(target), .fields = std::string(kRsc)});
  }

  /// A response of the build.
  void build(std::uint32_t route, std::string parameters, std::string variant, std::string fields,
             std::uint16_t status = 200) {
    const std::string body = "built" + std::to_string(plan_.prerendered.size());
    folder_.write(body, variant.empty() ? "html" : variant);
    plan_.prerendered.push_back({.route = route,
                                 .parameters = std::move(parameters),
                                 .variant = std::move(variant),
                                 .status = status,
                                 .fields = std::move(fields),
                                 .body = body});
    serve();
  }

  static constexpr std::uint32_t kBlog = 0;
  static constexpr std::uint32_t kOld = 1;
  static constexpr std::uint32_t kNotFound = 2;

  const project::TestFolder folder_;
};

TEST_F(ExchangePagesTest, EachVariantIsMadeAndKeptByItself) {
  TestClient& html = get("/blog/a");
  EXPECT_TRUE(call().fill);
  EXPECT_EQ(call().target, "/blog/a");
  EXPECT_EQ(call().fields, "Host: localhost:3000\r\n");
  workers_->respond(call(), 200, kMade, "html");
  EXPECT_EQ(html.response(), "200 html");
  EXPECT_EQ(html.field("x-nextjs-cache"), "MISS");
  TestClient& rsc = get_rsc("/blog/a?_rsc");
  EXPECT_EQ(call().fields, "Host: localhost:3000\r\nrsc: 1\r\n");
  workers_->respond(call(), 200, kFound, "rsc");
  EXPECT_EQ(rsc.response(), "200 rsc");
  EXPECT_EQ(rsc.field("x-nextjs-cache"), "HIT") << "the page had been rendered before";
  EXPECT_EQ(get("/blog/a").response(), "200 html");
  EXPECT_EQ(get_rsc("/blog/a").response(), "200 rsc");
  EXPECT_EQ(workers_->calls.size(), 2U);
}

TEST_F(ExchangePagesTest, DataIsMadeAtItsOwnPath) {
  TestClient& data = get("/_next/data/id/old/7.json");
  EXPECT_EQ(call().route, kOld);
  EXPECT_EQ(call().target, "/_next/data/id/old/7.json");
  EXPECT_EQ(call().fields, "Host: localhost:3000\r\nx-nextjs-data: 1\r\n");
  workers_->respond(call(), 200, kMade, "{}");
  EXPECT_EQ(data.response(), "200 {}");
  get("/old/7");
  EXPECT_EQ(call().target, "/old/7");
}

TEST_F(ExchangePagesTest, LifetimeCountsFromTheRenderingOfThePage) {
  get("/blog/a");
  workers_->respond(call(), 200, kFound, "old");
  context_.now += std::chrono::seconds(41);
  TestClient& client = get("/blog/a");
  EXPECT_EQ(client.field("x-nextjs-cache"), "STALE");
  EXPECT_EQ(workers_->calls.size(), 2U);
}

TEST_F(ExchangePagesTest, NewRenderingReplacesAllVariantsOfThePage) {
  get("/blog/a");
  workers_->respond(call(), 200, kMade, "old html");
  get("/blog/b");
  workers_->respond(call(), 200, kMade, "other");
  get_rsc("/blog/a");
  workers_->respond(call(), 200, kMade, "new rsc");
  TestClient& html = get("/blog/a");
  EXPECT_TRUE(html.waits());
  workers_->respond(call(), 200, kFound, "new html");
  EXPECT_EQ(html.response(), "200 new html");
  EXPECT_EQ(get_rsc("/blog/a").response(), "200 new rsc");
  EXPECT_EQ(get("/blog/b").response(), "200 other");
}

TEST_F(ExchangePagesTest, VariantsOfTheBuildAreHits) {
  build(kBlog, "a", "", "etag: \"1\"\r\nx-millrace-revalidate: false\r\n");
  build(kBlog, "a", "rsc", "x-millrace-revalidate: false\r\n");
  build(kBlog, "a", "segment:/_tree", "x-millrace-revalidate: false\r\n");
  EXPECT_EQ(get("/blog/a").response(), "200 html");
  EXPECT_EQ(get_rsc("/blog/a").response(), "200 rsc");
  TestClient& tree = ask(
      {.target = "/blog/a?_rsc=_i_aeImnuN6u1u1r", .fields = fields_of_variant("segment:/_tree")});
  EXPECT_EQ(tree.response(), "200 segment:/_tree");
  EXPECT_EQ(tree.field("x-nextjs-cache"), "HIT");
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ExchangePagesTest, NewRenderingReplacesVariantsOfTheBuild) {
  build(kBlog, "a", "", "x-millrace-revalidate: 60\r\nx-millrace-tags: posts\r\n");
  build(kBlog, "a", "rsc", "x-millrace-revalidate: false\r\n");
  context_.scopes.of("").marks.revalidate(std::vector<std::string>{"posts"}, std::nullopt,
                                          context_.now);
  get("/blog/a");
  workers_->respond(call(), 200, kMade, "new");
  EXPECT_TRUE(get_rsc("/blog/a").waits());
  workers_->respond(call(), 200, kFound, "new rsc");
  EXPECT_EQ(get_rsc("/blog/a").response(), "200 new rsc");
}

TEST_F(ExchangePagesTest, ClientsCopyThatIsStillGoodIs304) {
  build(kBlog, "a", "", "etag: \"1\"\r\ncontent-type: text/html\r\nx-millrace-revalidate: 60\r\n");
  TestClient& same = ask({.target = "/blog/a", .fields = "If-None-Match: W/\"1\"\r\n"});
  EXPECT_EQ(same.response(), "304");
  EXPECT_EQ(same.field("etag"), "\"1\"");
  EXPECT_EQ(same.field("content-type"), "");
  EXPECT_EQ(ask({.target = "/blog/a", .fields = "If-None-Match: \"2\"\r\n"}).status, 200);
}

TEST_F(ExchangePagesTest, PageThatIsTheSameForeverSaysNothingOfTheCache) {
  build(kBlog, "a", "", "x-millrace-revalidate: false\r\nx-millrace-cache: unnamed\r\n");
  TestClient& client = get("/blog/a");
  EXPECT_EQ(client.response(), "200 html");
  EXPECT_EQ(client.field("x-nextjs-cache"), "");
  EXPECT_EQ(client.field("cache-control"), "");
}

TEST_F(ExchangePagesTest, RequestThatDoesNotNameTheHashOfItsFieldsIsRedirected) {
  build(kNotFound, "", "rsc", "x-millrace-revalidate: false\r\n", 404);
  TestClient& client = ask({.target = "/blog/a", .fields = std::string(kRsc)});
  EXPECT_EQ(client.response(), "307");
  EXPECT_EQ(client.field("location"), "/blog/a?_rsc");
  EXPECT_TRUE(workers_->calls.empty());
  EXPECT_EQ(ask({.target = "/nowhere", .fields = std::string(kRsc)}).status, 404);
  plan_.config.validate_rsc = false;
  serve();
  EXPECT_TRUE(ask({.target = "/blog/a", .fields = std::string(kRsc)}).waits());
}

TEST_F(ExchangePagesTest, MethodsThatWriteAreThePagesOwn) {
  ask(post("/blog/a"));
  EXPECT_FALSE(call().fill);
  EXPECT_EQ(call().method, "POST");
  EXPECT_EQ(call().route, kBlog);
}

TEST_F(ExchangePagesTest, VariantThatOnlyThePageCanTellIsThePagesOwn) {
  ask({.target = "/blog/a", .fields = "x-prerender-revalidate: secret\r\n"});
  EXPECT_FALSE(call().fill);
}

TEST_F(ExchangePagesTest, PathThatTheBuildDoesNotHaveIsThePageOfA404) {
  plan_.routes[kBlog].cached->dynamic_params = false;
  build(kBlog, "a", "", "x-millrace-revalidate: false\r\n");
  build(kNotFound, "", "", "x-millrace-revalidate: false\r\n", 404);
  EXPECT_EQ(get("/blog/a").status, 200);
  EXPECT_EQ(get("/blog/b").response(), "404 html");
  EXPECT_EQ(get("/nowhere").response(), "404 html");
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ExchangePagesTest, PageOfA404IsNotForImagesAndTheLike) {
  build(kNotFound, "", "", "x-millrace-revalidate: false\r\n", 404);
  ask({.target = "/nowhere", .fields = "Sec-Fetch-Dest: image\r\n"});
  EXPECT_EQ(call().route, kNotFound);
  EXPECT_FALSE(call().fill);
  EXPECT_EQ(ask({.target = "/nowhere", .fields = "Sec-Fetch-Dest: document\r\n"}).status, 404);
  EXPECT_EQ(workers_->calls.size(), 1U);
}

TEST_F(ExchangePagesTest, FallbackIsShownToBrowsersAndNotKept) {
  plan_.routes[kOld].cached->fallback = true;
  serve();
  TestClient& client = get("/old/7");
  EXPECT_TRUE(call().fill);
  workers_->respond(call(), 200, "x-nextjs-cache: MISS\r\n", "fallback");
  EXPECT_EQ(client.response(), "200 fallback");
  EXPECT_EQ(client.field("x-nextjs-cache"), "MISS");
  get("/old/7");
  EXPECT_EQ(workers_->calls.size(), 2U);
}

TEST_F(ExchangePagesTest, FallbackIsNotForCrawlers) {
  plan_.routes[kOld].cached->fallback = true;
  serve();
  ask({.target = "/old/7", .fields = "User-Agent: Googlebot\r\n"});
  EXPECT_FALSE(call().fill);
}

TEST_F(ExchangePagesTest, VariantsCountAgainstTheSameMemory) {
  context_.scopes.restart(4000);
  for (const std::string id : {"a", "b"}) {
    get("/blog/" + id);
    workers_->respond(call(), 200, kMade, std::string(1500, 'x'));
    get_rsc("/blog/" + id);
    workers_->respond(call(), 200, kFound, std::string(1500, 'x'));
  }
  EXPECT_LE(context_.scopes.of("").responses.bytes(), 4000U);
  EXPECT_TRUE(get("/blog/a").waits());
}

// Pages of which the build has prerendered a shell.

class ExchangeShellTest : public ExchangePagesTest {
 protected:
  ExchangeShellTest() {
    plan_.routes[kBlog].cached->partial = true;
    keep("shell", "state");
  }

  /// The build has this of /blog/a.
  void keep(const std::string& shell, const std::string& state) {
    folder_.write("shell", shell + state);
    plan_.prerendered = {{.route = kBlog,
                          .parameters = "a",
                          .status = 200,
                          .fields = "x-millrace-revalidate: false\r\nx-millrace-shell: " +
                                    std::to_string(shell.size()) + "\r\nX-A: b\r\n",
                          .body = "shell"}};
    serve();
  }
};

TEST_F(ExchangeShellTest, ShellIsSentAtOnceAndAWorkerRendersTheRest) {
  TestClient& client = ask({.target = "/blog/a", .fields = "Host: a\r\nCookie: c=d\r\n"});
  EXPECT_EQ(client.body, "shell");
  EXPECT_EQ(client.fields, "X-A: b\r\n");
  EXPECT_FALSE(client.ended);
  EXPECT_FALSE(call().fill);
  EXPECT_EQ(call().method, "GET");
  EXPECT_EQ(call().target, "/blog/a");
  EXPECT_EQ(call().parameters, "a");
  EXPECT_EQ(call().fields, "Host: a\r\nCookie: c=d\r\nx-millrace-resume: 1\r\n");
  EXPECT_EQ(call().body, "state");
  EXPECT_TRUE(call().body_ended);
  workers_->respond(call(), 500, "Set-Cookie: e=f\r\n", " and", false);
  workers_->send_body(call(), " rest", true);
  EXPECT_EQ(client.response(), "200 shell and rest");
}

TEST_F(ExchangeShellTest, StateGoesAsTheWorkerTakesIt) {
  keep("shell", std::string(kCredit + 10, 's'));
  get("/blog/a");
  EXPECT_EQ(call().body.size(), kCredit);
  EXPECT_FALSE(call().body_ended);
  workers_->grant(call(), 100);
  EXPECT_EQ(call().body.size(), kCredit + 10);
  EXPECT_TRUE(call().body_ended);
}

TEST_F(ExchangeShellTest, RestThatFailsCutsTheConnection) {
  TestClient& client = get("/blog/a");
  workers_->fail(call(), workers::Failure::worker_died);
  EXPECT_TRUE(client.was_cut);
}

TEST_F(ExchangeShellTest, RestOfABuildThatIsGoneCutsTheConnection) {
  workers_->next = workers::Dispatch::queued;
  TestClient& client = get("/blog/a");
  serve();
  workers_->fail_waiting(call(), workers::Failure::stale_generation);
  EXPECT_TRUE(client.was_cut);
  EXPECT_EQ(client.body, "shell");
}

TEST_F(ExchangeShellTest, ShellThatIsRenderedAnewIsSentWithItsRest) {
  plan_.prerendered[0].fields = "x-millrace-revalidate: 60\r\nx-millrace-tags: t\r\n";
  serve();
  context_.scopes.of("").marks.revalidate(std::vector<std::string>{"t"}, std::nullopt,
                                          context_.now);
  TestClient& client = get("/blog/a");
  EXPECT_TRUE(call().fill);
  workers_->respond(call(), 200, std::string(kMade) + "x-millrace-shell: 3\r\n", "newstate2");
  EXPECT_EQ(client.body, "new");
  EXPECT_FALSE(call().fill);
  EXPECT_EQ(call().body, "state2");
  workers_->respond(call(), 200, {}, " rest");
  EXPECT_EQ(client.response(), "200 new rest");
}

TEST_F(ExchangeShellTest, ShellThatIsNotKeptIsThePagesOwn) {
  plan_.prerendered[0].fields = "x-millrace-revalidate: 60\r\nx-millrace-tags: t\r\n";
  serve();
  context_.scopes.of("").marks.revalidate(std::vector<std::string>{"t"}, std::nullopt,
                                          context_.now);
  TestClient& client = get("/blog/a");
  // Without a lifetime: the shell of all paths of the page.
  workers_->respond(call(), 200, "x-millrace-shell: 3\r\n", "newstate2");
  EXPECT_EQ(client.body, "");
  EXPECT_FALSE(call().fill);
  EXPECT_EQ(call().fields, "Host: localhost:3000\r\n");
  workers_->respond(call(), 200, {}, "new and rest");
  EXPECT_EQ(client.response(), "200 new and rest");
}

TEST_F(ExchangeShellTest, WhatHasNoShellIsThePagesOwn) {
  for (const TestRequest& request :
       {TestRequest{.target = "/blog/a?_rsc", .fields = std::string(kRsc)},
        TestRequest{.target = "/blog/b"}, TestRequest{.method = "HEAD", .target = "/blog/a"},
        TestRequest{.target = "/blog/a", .fields = "User-Agent: Googlebot\r\n"}}) {
    const std::size_t before = workers_->calls.size();
    ask(request);
    ASSERT_EQ(workers_->calls.size(), before + 1);
    EXPECT_FALSE(call().fill);
    EXPECT_EQ(call().fields.find("x-millrace-resume"), std::string::npos);
  }
}

TEST_F(ExchangeShellTest, LongShellIsThePagesOwn) {
  keep(std::string(128 * 1024 + 1, 'x'), "state");
  EXPECT_EQ(get("/blog/a").body, "");
  EXPECT_EQ(call().fields, "Host: localhost:3000\r\n");
}

TEST_F(ExchangeShellTest, ShellIsNotSentWhereMemoryHasNoRoomForItsState) {
  context_.budget->set_limit(100);
  EXPECT_EQ(get("/blog/a").status, 503);
}

}  // namespace
}  // namespace millrace::gateway
