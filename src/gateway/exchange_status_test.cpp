// The status that a response gets from elsewhere than its route: from the middleware, or since the
// request failed and a page of the project says so.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "gateway/testing/test_exchange.hpp"
#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

using project::RouterKind;
using workers::Failure;

constexpr std::string_view kMadeOfPage = "x-millrace-revalidate: 60\r\nx-millrace-age: 0\r\n";

class ExchangeStatusTest : public ExchangeTest {
 protected:
  ExchangeStatusTest() {
    plan_.routes = {
        page_at("/cached/[id]", RouterKind::app_page), page_at("/each/[id]", RouterKind::page),
        page_at("/_error", RouterKind::page),          page_at("/500", RouterKind::page),
        page_at("/_not-found", RouterKind::app_page),  cached_route_at("/api/cached")};
    plan_.routes[kCached].cached.emplace();
    plan_.pages = project::Pages{.build_id = "id", .not_found = kNotFoundPage, .images = {}};
    plan_.middleware = {rule_for("/:path*")};
    plan_.root = folder_.path();
    folder_.write("public/hi.txt", "hi");
    serve();
  }

  static project::Route page_at(std::string_view path, RouterKind kind) {
    project::Route route = route_at(path, kind);
    route.of_next = true;
    route.module = "page.js";
    return route;
  }

  /// The middleware lets the last request pass, with a status.
  void pass(std::uint16_t status) {
    ASSERT_EQ(call().route, plan_.routes.size()) << "the middleware's number";
    workers_->respond(call(), status, "x-middleware-next: 1\r\n");
  }

  static constexpr std::uint32_t kCached = 0;
  static constexpr std::uint32_t kEach = 1;
  static constexpr std::uint32_t kError = 2;
  static constexpr std::uint32_t kServerError = 3;
  static constexpr std::uint32_t kNotFoundPage = 4;

  const project::TestFolder folder_;
};

TEST_F(ExchangeStatusTest, MiddlewaresIsThatOfACachedPage) {
  TestClient& first = get("/cached/1");
  pass(410);
  workers_->respond(call(), 200, kMadeOfPage, "page");
  EXPECT_EQ(first.response(), "410 page");
  TestClient& second = get("/cached/1");
  pass(200);
  EXPECT_EQ(second.response(), "200 page") << "the cache holds the page without the status";
}

TEST_F(ExchangeStatusTest, OfACachedPageItselfWins) {
  TestClient& client = get("/cached/1");
  pass(410);
  workers_->respond(call(), 404, kMadeOfPage, "no such page");
  EXPECT_EQ(client.response(), "404 no such page");
}

TEST_F(ExchangeStatusTest, MiddlewaresIsNotThatOfARouteHandler) {
  TestClient& client = get("/api/cached");
  pass(410);
  workers_->respond(call(), 200, kMadeOfPage, "data");
  EXPECT_EQ(client.response(), "200 data");
}

TEST_F(ExchangeStatusTest, MiddlewaresIsHandedToTheWorkerFirst) {
  get("/each/1");
  workers_->respond(call(), 410, "x-middleware-rewrite: /each/2?a=b\r\n");
  EXPECT_EQ(call().route, kEach);
  EXPECT_EQ(call().fields.find("x-millrace-status: 410\r\n"), 0U) << call().fields;
}

TEST_F(ExchangeStatusTest, UsualOneIsNotHandedToTheWorker) {
  get("/each/1");
  pass(200);
  EXPECT_EQ(call().fields, "Host: localhost:3000\r\n");
}

TEST_F(ExchangeStatusTest, MiddlewaresIsThatOfAFile) {
  TestClient& client = get("/hi.txt");
  pass(410);
  EXPECT_EQ(client.response(), "410 hi");
}

TEST_F(ExchangeStatusTest, MiddlewareThatFailsGetsThePageForIt) {
  TestClient& client = get("/cached/1");
  workers_->fail(call(), Failure::handler_failed);
  EXPECT_EQ(call().route, kServerError);
  EXPECT_EQ(call().fields, "x-millrace-status: 500\r\nHost: localhost:3000\r\n");
  workers_->respond(call(), 500, {}, "sorry");
  EXPECT_EQ(client.response(), "500 sorry");
}

TEST_F(ExchangeStatusTest, FailingPageForFailuresIsNotRepeated) {
  TestClient& client = get("/cached/1");
  workers_->fail(call(), Failure::handler_failed);
  workers_->fail(call(), Failure::handler_failed);
  EXPECT_EQ(client.status, 502);
  EXPECT_EQ(workers_->calls.size(), 2U);
}

TEST_F(ExchangeStatusTest, MiddlewareThatEndsItsWorkerGetsNoPage) {
  TestClient& client = get("/cached/1");
  workers_->fail(call(), Failure::worker_died);
  EXPECT_EQ(client.status, 502);
  EXPECT_EQ(workers_->calls.size(), 1U);
}

TEST_F(ExchangeStatusTest, WritingToAFileGetsThePageForIt) {
  TestClient& client = ask({.method = "POST", .target = "/hi.txt"});
  pass(200);
  EXPECT_EQ(call().route, kError);
  EXPECT_EQ(call().fields, "x-millrace-status: 405\r\nHost: localhost:3000\r\n");
  workers_->respond(call(), 405, "Allow: GET, HEAD\r\n", "not so");
  EXPECT_EQ(client.response(), "405 not so");
}

TEST_F(ExchangeStatusTest, PathThatDoesNotDecodeGetsThePageForIt) {
  get("/each/%FF");
  pass(200);
  EXPECT_EQ(call().route, kError);
  EXPECT_EQ(call().fields, "x-millrace-status: 400\r\nHost: localhost:3000\r\n");
}

TEST_F(ExchangeStatusTest, WithoutThosePagesTheServerRespondsItself) {
  plan_.routes = {route_at("/api/[id]")};
  plan_.pages.reset();
  serve();
  TestClient& failing = get("/api/1");
  workers_->fail(call(), Failure::handler_failed);
  EXPECT_EQ(failing.response(), "500 Internal Server Error");
  TestClient& writing = ask({.method = "POST", .target = "/hi.txt"});
  pass(200);
  EXPECT_EQ(writing.response(), "405 Method Not Allowed");
}

}  // namespace
}  // namespace millrace::gateway
