// Responses of the server itself, and requests that wait for a site.
#include "gateway/exchange.hpp"

#include <gtest/gtest.h>

#include <string>

#include "gateway/testing/test_exchange.hpp"

namespace millrace::gateway {
namespace {

class ExchangeOwnTest : public ExchangeTest {
 protected:
  void have_rules() {
    plan_.rules.headers = {adding("/never", {{"X-Never", "1"}})};
    serve();
  }
};

TEST_F(ExchangeOwnTest, AsteriskTargetAllowsAllMethods) {
  TestClient& client = ask({.method = "OPTIONS", .target = "*"});
  EXPECT_EQ(client.response(), "204");
  EXPECT_EQ(client.field("allow"), "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
}

TEST_F(ExchangeOwnTest, AsteriskTargetDoesNotWaitForASite) {
  context_.is_paused = true;
  EXPECT_EQ(ask({.method = "OPTIONS", .target = "*"}).response(), "204");
}

TEST_F(ExchangeOwnTest, SiteThatCannotBeBuiltRespondsWithTheReason) {
  context_.serve(Site::broken("pages/api/a.ts:1: what is this\n"));
  EXPECT_EQ(get("/anything").response(), "500 pages/api/a.ts:1: what is this\n");
}

TEST_F(ExchangeOwnTest, ForeignHostsAreForbiddenInDevelopment) {
  context_.hosts.emplace("localhost", std::vector<std::string>{});
  TestClient& client = ask({.target = "/api/7", .fields = "Host: evil.example\r\n"});
  EXPECT_EQ(client.status, 403);
  EXPECT_NE(client.body.find("allowedDevOrigins"), std::string::npos);
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ExchangeOwnTest, LocalHostsAreAcceptedInDevelopment) {
  context_.hosts.emplace("localhost", std::vector<std::string>{"*.name.example"});
  for (const char* const host : {"localhost:3000", "127.0.0.1", "a.name.example"}) {
    ask({.target = "/api/7", .fields = std::string("Host: ") + host + "\r\n"});
  }
  EXPECT_EQ(workers_->calls.size(), 3U);
}

TEST_F(ExchangeOwnTest, ForeignHostsDoNotGetTheReasonOfAFailedBuild) {
  context_.hosts.emplace("localhost", std::vector<std::string>{});
  context_.serve(Site::broken("secret"));
  EXPECT_EQ(ask({.fields = "Host: evil.example\r\n"}).status, 403);
}

TEST_F(ExchangeOwnTest, PathThatDoesNotDecodeIsABadRequest) {
  EXPECT_EQ(get("/api/%E0%A4%A").response(), "400 Bad Request");
}

TEST_F(ExchangeOwnTest, PathThatDoesNotDecodeIsABadRequestAlsoWithRules) {
  have_rules();
  EXPECT_EQ(get("/api/%E0%A4%A").response(), "400 Bad Request");
}

TEST_F(ExchangeOwnTest, TrailingSlashIsRedirected) {
  TestClient& client = get("/api/7/?a=b");
  EXPECT_EQ(client.response(), "308 /api/7?a=b");
  EXPECT_EQ(client.field("location"), "/api/7?a=b");
  EXPECT_EQ(client.field("refresh"), "0;url=/api/7?a=b");
}

TEST_F(ExchangeOwnTest, UnmatchedRequestIsNotFound) {
  TestClient& client = get("/nowhere");
  EXPECT_EQ(client.response(), "404 This page could not be found.\n");
  EXPECT_EQ(client.field("content-type"), "text/plain; charset=utf-8");
}

TEST_F(ExchangeOwnTest, UnmatchedRequestIsNotFoundWithRulesToo) {
  have_rules();
  EXPECT_EQ(get("/nowhere").response(), "404 This page could not be found.\n");
}

TEST_F(ExchangeOwnTest, MissingFileOfTheBuildIsNotFound) {
  workers_->listening = true;
  TestClient& client = get("/_next/static/media/gone.txt");
  EXPECT_EQ(client.response(), "404 Not Found");
  EXPECT_EQ(client.field("cache-control"),
            "private, no-cache, no-store, max-age=0, must-revalidate");
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ExchangeOwnTest, RequestOutsideTheBasePathIsNotFound) {
  plan_.config.base_path = "/docs";
  serve();
  EXPECT_EQ(get("/api/7").status, 404);
  get("/docs/api/7");
  EXPECT_EQ(call().route, kPages);
}

TEST_F(ExchangeOwnTest, ListenerGetsUnmatchedRequests) {
  workers_->listening = true;
  TestClient& client = ask({.target = "/nowhere", .fields = "Host: a\r\n"});
  EXPECT_EQ(call().route, protocol::kNoRoute);
  EXPECT_EQ(call().fields, "Host: a\r\n");
  workers_->respond(call(), 200, {}, "mine");
  EXPECT_EQ(client.response(), "200 mine");
}

TEST_F(ExchangeOwnTest, ListenerGetsUnmatchedRequestsWithRulesToo) {
  have_rules();
  workers_->listening = true;
  TestClient& client = get("/nowhere");
  EXPECT_EQ(call().route, protocol::kNoRoute);
  workers_->respond(call(), 200, {}, "mine");
  EXPECT_EQ(client.response(), "200 mine");
}

TEST_F(ExchangeOwnTest, ListenerGetsRequestsOutsideTheBasePath) {
  plan_.config.base_path = "/docs";
  serve();
  workers_->listening = true;
  get("/api/7");
  EXPECT_EQ(call().route, protocol::kNoRoute);
}

TEST_F(ExchangeOwnTest, SiteWithoutWorkersHasNoRoutes) {
  plan_.dispatcher = nullptr;
  plan_.routes.clear();
  serve();
  EXPECT_EQ(get("/api/7").status, 404);
}

TEST_F(ExchangeOwnTest, BodyOfARejectedRequestHasNoRoom) {
  EXPECT_EQ(ask(post("/nowhere")).body_room(), 0U);
}

// Waiting for a site.

class ExchangeWaitTest : public ExchangeTest {
 protected:
  ExchangeWaitTest() { context_.is_paused = true; }
};

TEST_F(ExchangeWaitTest, WaitsUntilThereIsASite) {
  TestClient& client = get("/api/7");
  EXPECT_TRUE(client.waits());
  EXPECT_EQ(client.response(), "none");
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ExchangeWaitTest, ResumesWithTheNewSite) {
  TestClient& client = get("/api/7");
  plan_.generation = 30;
  serve();
  EXPECT_FALSE(client.waits());
  EXPECT_EQ(call().generation, 30U);
  workers_->respond(call(), 200, {}, "new");
  EXPECT_EQ(client.response(), "200 new");
}

TEST_F(ExchangeWaitTest, ResumesInTheOrderOfArrival) {
  get("/api/1");
  get("/api/2");
  get("/api/3");
  serve();
  ASSERT_EQ(workers_->calls.size(), 3U);
  EXPECT_EQ(workers_->calls[0].parameters, "1");
  EXPECT_EQ(workers_->calls[2].parameters, "3");
}

TEST_F(ExchangeWaitTest, ClientThatLeavesIsDequeued) {
  get("/api/1").leave();
  EXPECT_TRUE(context_.waiting.empty());
  serve();
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ExchangeWaitTest, ClientThatLeavesDoesNotAffectOthers) {
  TestClient& first = get("/api/1");
  get("/api/2");
  first.leave();
  serve();
  ASSERT_EQ(workers_->calls.size(), 1U);
  EXPECT_EQ(call().parameters, "2");
}

TEST_F(ExchangeWaitTest, BodyWaitsToo) {
  TestClient& client = ask(post("/api/7"));
  EXPECT_EQ(client.body_room(), 0U);
  serve();
  EXPECT_EQ(client.asked_for_body, 1);
  client.send("all", true);
  EXPECT_EQ(call().body, "all");
}

TEST_F(ExchangeWaitTest, SiteThatCannotBeBuiltEndsTheWait) {
  TestClient& client = get("/api/7");
  context_.serve(Site::broken("broken"));
  EXPECT_EQ(client.response(), "500 broken");
}

TEST_F(ExchangeWaitTest, HostsAreCheckedAfterTheWait) {
  TestClient& client = ask({.target = "/api/7", .fields = "Host: evil.example\r\n"});
  context_.hosts.emplace("localhost", std::vector<std::string>{});
  serve();
  EXPECT_EQ(client.status, 403);
}

}  // namespace
}  // namespace millrace::gateway
