// Requests that run the middleware first: the effects of its response, and request bodies that both
// the middleware and a later source read.
#include <gtest/gtest.h>

#include <string>

#include "gateway/testing/test_exchange.hpp"
#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

using workers::Dispatch;
using workers::Failure;

constexpr std::size_t kMiddlewareCredit = protocol::kInitialCredit;
constexpr std::string_view kNext = "x-middleware-next: 1\r\n";

std::string rewrite_to(std::string_view target) {
  return std::string("x-middleware-rewrite: ").append(target).append("\r\n");
}

class ExchangeMiddlewareTest : public ExchangeTest {
 protected:
  ExchangeMiddlewareTest() {
    // For all paths.
    plan_.middleware = {rule_for("/:path*")};
    serve();
  }

  /// Sends the middleware's response to the last request.
  void respond(std::string_view fields, bool end = true) {
    ASSERT_EQ(call().route, kMiddleware);
    workers_->respond(call(), 200, fields, {}, end);
  }
};

TEST_F(ExchangeMiddlewareTest, RunsBeforeTheRoute) {
  ask({.target = "/api/7", .fields = "Host: a\r\nX-A: b\r\n"});
  EXPECT_EQ(workers_->calls.size(), 1U);
  EXPECT_EQ(call().route, kMiddleware);
  EXPECT_EQ(call().fields, "Host: a\r\nX-A: b\r\n");
}

TEST_F(ExchangeMiddlewareTest, DoesNotRunForPathsThatNoMatcherMatches) {
  plan_.middleware = {rule_for("/app/:id")};
  serve();
  get("/api/7");
  EXPECT_EQ(call().route, kPages);
}

TEST_F(ExchangeMiddlewareTest, LetsTheRequestPass) {
  TestClient& client = get("/api/7");
  respond(kNext);
  EXPECT_EQ(call().route, kPages);
  EXPECT_EQ(call().parameters, "7");
  workers_->respond(call(), 200, {}, "the route's");
  EXPECT_EQ(client.response(), "200 the route's");
}

TEST_F(ExchangeMiddlewareTest, RespondsItself) {
  TestClient& client = get("/api/7");
  workers_->respond(call(), 401, "Content-Type: text/plain\r\n", "who are you");
  EXPECT_EQ(client.response(), "401 who are you");
  EXPECT_EQ(client.fields, "Content-Type: text/plain\r\n");
  EXPECT_EQ(workers_->calls.size(), 1U);
}

TEST_F(ExchangeMiddlewareTest, RespondsInPieces) {
  TestClient& client = get("/api/7");
  workers_->respond(call(), 200, {}, "one ", false);
  workers_->send_body(call(), "two", true);
  EXPECT_EQ(client.response(), "200 one two");
}

TEST_F(ExchangeMiddlewareTest, GetsCreditForBytesThatTheClientTook) {
  get("/api/7");
  workers_->respond(call(), 200, {}, std::string(kMiddlewareCredit / 2, 'x'), false);
  EXPECT_EQ(call().granted, kMiddlewareCredit / 2);
}

TEST_F(ExchangeMiddlewareTest, BodyOfAnInstructionIsAborted) {
  get("/api/7");
  TestDispatcher::Call& middleware = call();
  respond(kNext, false);
  EXPECT_EQ(middleware.aborted, link::AbortReason::client_gone);
  EXPECT_EQ(call().route, kPages);
}

TEST_F(ExchangeMiddlewareTest, RedirectsWithTheServersBody) {
  TestClient& client = get("/api/7");
  workers_->respond(call(), 307, "Location: /app/1\r\nX-A: b\r\n", "not this");
  EXPECT_EQ(client.response(), "307 /app/1");
  EXPECT_EQ(client.field("location"), "/app/1");
  EXPECT_EQ(client.field("x-a"), "b");
}

TEST_F(ExchangeMiddlewareTest, RedirectAbortsTheRestOfItsBody) {
  TestClient& client = get("/api/7");
  workers_->respond(call(), 302, "Location: /app/1\r\n", {}, false);
  EXPECT_EQ(client.response(), "302 /app/1");
  EXPECT_EQ(call().aborted, link::AbortReason::client_gone);
}

TEST_F(ExchangeMiddlewareTest, RewritesToAnotherRoute) {
  TestClient& client = get("/api/7");
  respond(rewrite_to("/app/8?a=b"));
  EXPECT_EQ(call().route, kApp);
  EXPECT_EQ(call().parameters, "8");
  EXPECT_EQ(call().target, "/api/7") << "the request is as the client made it";
  EXPECT_EQ(call().fields.substr(0, call().fields.find('\r')), "x-millrace-query: a=b");
  workers_->respond(call(), 200, {}, "rewritten");
  EXPECT_EQ(client.response(), "200 rewritten");
}

TEST_F(ExchangeMiddlewareTest, RewritesToAFile) {
  const project::TestFolder folder;
  folder.write("public/a.txt", "the file's");
  plan_.root = folder.path();
  serve();
  TestClient& client = get("/api/7");
  respond(rewrite_to("/a.txt"));
  EXPECT_EQ(client.response(), "200 the file's");
}

TEST_F(ExchangeMiddlewareTest, RewritesToAnUpstream) {
  TestClient& client = get("/api/7");
  respond(rewrite_to("http://other.example:8080/path?a=b"));
  ASSERT_EQ(context_.upstreams.size(), 1U);
  EXPECT_EQ(upstream().call.target.host, "other.example");
  EXPECT_EQ(upstream().call.target.port, "8080");
  EXPECT_EQ(upstream().call.target.path, "/path?a=b");
  upstream().respond(200, {}, "the other's");
  EXPECT_EQ(client.response(), "200 the other's");
}

TEST_F(ExchangeMiddlewareTest, RewritesToNowhere) {
  TestClient& client = get("/api/7");
  respond(rewrite_to("/nowhere"));
  EXPECT_EQ(client.response(), "404 This page could not be found.\n");
}

TEST_F(ExchangeMiddlewareTest, RewritesToNowhereReachAListener) {
  workers_->listening = true;
  get("/api/7");
  respond(rewrite_to("/nowhere"));
  EXPECT_EQ(call().route, protocol::kNoRoute);
}

TEST_F(ExchangeMiddlewareTest, RewritesToAnInvalidUrl) {
  TestClient& client = get("/api/7");
  respond(rewrite_to("http://"));
  EXPECT_EQ(client.response(), "500 Internal Server Error");
  EXPECT_EQ(context_.logged.size(), 1U);
}

TEST_F(ExchangeMiddlewareTest, RewritesToAPathThatDoesNotDecode) {
  TestClient& client = get("/api/7");
  respond(rewrite_to("/api/%E0%A4%A"));
  EXPECT_EQ(client.response(), "400 Bad Request");
}

TEST_F(ExchangeMiddlewareTest, ReplacesTheFieldsOfTheRequest) {
  ask({.target = "/api/7", .fields = "Host: a\r\nX-Old: 1\r\n"});
  respond(std::string(kNext) +
          "x-middleware-override-headers: x-new\r\nx-middleware-request-x-new: 2\r\n");
  EXPECT_EQ(call().fields, "x-new: 2\r\nhost: a\r\n");
}

TEST_F(ExchangeMiddlewareTest, FieldsThatItSetsAreMergedIntoTheRoutesResponse) {
  TestClient& client = get("/app/7");
  respond(std::string(kNext) + "X-A: middleware\r\n");
  workers_->respond(call(), 200, "X-A: route\r\nX-B: route\r\n");
  EXPECT_EQ(client.field("x-a"), "middleware");
  EXPECT_EQ(client.field("x-b"), "route");
}

TEST_F(ExchangeMiddlewareTest, FieldsOfAPagesRouteTakePrecedence) {
  TestClient& client = get("/api/7");
  respond(std::string(kNext) + "X-A: middleware\r\n");
  workers_->respond(call(), 200, "X-A: route\r\n");
  EXPECT_EQ(client.field("x-a"), "route");
}

TEST_F(ExchangeMiddlewareTest, FieldsThatItSetsAreMergedIntoTheServersResponse) {
  TestClient& client = get("/nowhere");
  respond(std::string(kNext) + "X-A: middleware\r\n");
  EXPECT_EQ(client.status, 404);
  EXPECT_EQ(client.field("x-a"), "middleware");
}

TEST_F(ExchangeMiddlewareTest, FieldsThatItSetsAreMergedIntoAnErrorResponse) {
  TestClient& client = get("/api/7");
  respond(std::string(kNext) + "X-A: middleware\r\n");
  workers_->fail(call(), Failure::worker_died);
  EXPECT_EQ(client.status, 502);
  EXPECT_EQ(client.field("x-a"), "middleware");
}

// Failures.

TEST_F(ExchangeMiddlewareTest, WorkerThatDiesIsAnErrorStatus) {
  TestClient& client = get("/api/7");
  workers_->fail(call(), Failure::worker_died);
  EXPECT_EQ(client.status, 502);
}

TEST_F(ExchangeMiddlewareTest, DeadlineIsAnErrorStatus) {
  TestClient& client = get("/api/7");
  workers_->fail(call(), Failure::deadline);
  EXPECT_EQ(client.status, 504);
}

TEST_F(ExchangeMiddlewareTest, StatusBelow200IsAnErrorStatus) {
  TestClient& client = get("/api/7");
  workers_->respond(call(), 101, kNext);
  EXPECT_EQ(client.status, 502);
  EXPECT_EQ(workers_->calls.size(), 1U);
}

TEST_F(ExchangeMiddlewareTest, FailureWithinItsResponseCutsTheConnection) {
  TestClient& client = get("/api/7");
  workers_->respond(call(), 200, {}, "begun", false);
  workers_->fail(call(), Failure::handler_failed);
  EXPECT_EQ(client.response(), "cut after 5 bytes");
}

TEST_F(ExchangeMiddlewareTest, RouteAfterItMayBeUnavailable) {
  TestClient& client = get("/api/7");
  workers_->next = Dispatch::refused;
  respond(kNext);
  EXPECT_EQ(client.status, 503);
}

TEST_F(ExchangeMiddlewareTest, HeadThatItMakesTooLargeIsRejected) {
  TestClient& client = get("/api/7");
  workers_->next = Dispatch::too_large;
  respond(kNext);
  EXPECT_EQ(client.status, 431);
}

TEST_F(ExchangeMiddlewareTest, ClientThatLeavesWhileItRuns) {
  get("/api/7").leave();
  EXPECT_EQ(call().aborted, link::AbortReason::client_gone);
}

TEST_F(ExchangeMiddlewareTest, ClientThatLeavesWhileTheRouteAfterItRuns) {
  TestClient& client = get("/api/7");
  respond(kNext);
  client.leave();
  EXPECT_EQ(call().route, kPages);
  EXPECT_EQ(call().aborted, link::AbortReason::client_gone);
}

TEST_F(ExchangeMiddlewareTest, StaleGenerationRunsAgainInTheNewSite) {
  workers_->next = Dispatch::queued;
  TestClient& client = get("/api/7");
  serve();
  workers_->fail_waiting(call(), Failure::stale_generation);
  respond(kNext);
  EXPECT_EQ(call().generation, plan_.generation - 1);
  workers_->respond(call(), 200, {}, "new");
  EXPECT_EQ(client.response(), "200 new");
}

TEST_F(ExchangeMiddlewareTest, NewSiteWithoutMiddlewareDropsTheFieldsOfTheOldOne) {
  TestClient& client = get("/api/7");
  workers_->next = Dispatch::queued;
  respond(std::string(kNext) + "X-A: middleware\r\n");
  plan_.middleware.reset();
  serve();
  workers_->fail_waiting(call(), Failure::stale_generation);
  EXPECT_EQ(call().route, kPages);
  workers_->respond(call(), 200, {}, "new");
  EXPECT_EQ(client.response(), "200 new");
  EXPECT_EQ(client.field("x-a"), "");
}

// The request body, which two sources read.

TEST_F(ExchangeMiddlewareTest, BodyThatItReadIsReplayedToTheRoute) {
  TestClient& client = ask(post("/api/7"));
  client.send("all of it", true);
  EXPECT_EQ(call().body, "all of it");
  respond(kNext);
  EXPECT_EQ(call().route, kPages);
  EXPECT_EQ(call().body, "all of it");
  EXPECT_TRUE(call().body_ended);
}

TEST_F(ExchangeMiddlewareTest, BodyThatItReadInPartIsReplayedAndContinues) {
  TestClient& client = ask(post("/api/7"));
  client.send("one ");
  respond(kNext);
  EXPECT_EQ(call().body, "one ");
  EXPECT_FALSE(call().body_ended);
  client.send("two", true);
  EXPECT_EQ(call().body, "one two");
  EXPECT_TRUE(call().body_ended);
}

TEST_F(ExchangeMiddlewareTest, BodyReceivedInManyPiecesIsReplayedCompletely) {
  TestClient& client = ask(post("/api/7"));
  std::string all;
  for (int i = 0; i < 100; ++i) {
    const std::string piece(1000, static_cast<char>('a' + i % 26));
    client.send(piece);
    all += piece;
  }
  client.send({}, true);
  respond(kNext);
  EXPECT_EQ(call().body, all);
  EXPECT_TRUE(call().body_ended);
}

TEST_F(ExchangeMiddlewareTest, BodyThatItDidNotReadIsSentToTheRouteOnly) {
  TestClient& client = ask(post("/api/7"));
  respond(kNext);
  EXPECT_EQ(client.asked_for_body, 2);
  EXPECT_EQ(client.body_room(), kMiddlewareCredit);
  client.send("all", true);
  EXPECT_EQ(call().body, "all");
}

TEST_F(ExchangeMiddlewareTest, EmptyBodyEndsForTheRouteToo) {
  TestClient& client = ask(post("/api/7"));
  client.send({}, true);
  respond(kNext);
  EXPECT_EQ(call().body, "");
  EXPECT_TRUE(call().body_ended);
}

TEST_F(ExchangeMiddlewareTest, BodyLargerThanTheRoutesRoomIsReplayedAsItReads) {
  TestClient& client = ask(post("/api/7"));
  client.send(std::string(kMiddlewareCredit, 'a'));
  workers_->grant(call(), 1000);
  client.send(std::string(1000, 'b'), true);
  respond(kNext);
  EXPECT_EQ(call().body.size(), kMiddlewareCredit);
  EXPECT_FALSE(call().body_ended);
  workers_->grant(call(), 600);
  EXPECT_FALSE(call().body_ended);
  workers_->grant(call(), 400);
  EXPECT_EQ(call().body, std::string(kMiddlewareCredit, 'a') + std::string(1000, 'b'));
  EXPECT_TRUE(call().body_ended);
}

TEST_F(ExchangeMiddlewareTest, ClientWaitsWhileItsBodyIsReplayed) {
  TestClient& client = ask(post("/api/7"));
  client.send(std::string(kMiddlewareCredit, 'a'));
  workers_->grant(call(), 1000);
  client.send(std::string(1000, 'b'));
  respond(kNext);
  EXPECT_EQ(client.body_room(), 0U);
  const int asked = client.asked_for_body;
  workers_->grant(call(), 5000);
  EXPECT_EQ(client.asked_for_body, asked + 1);
  EXPECT_EQ(client.body_room(), 4000U);
  client.send("c", true);
  EXPECT_TRUE(call().body_ended);
}

TEST_F(ExchangeMiddlewareTest, BodyIsReplayedToARouteThatWaitsForAWorker) {
  TestClient& client = ask(post("/api/7"));
  client.send("all", true);
  workers_->next = Dispatch::queued;
  respond(kNext);
  EXPECT_EQ(call().body, "");
  workers_->take(call());
  EXPECT_EQ(call().body, "all");
  EXPECT_TRUE(call().body_ended);
}

TEST_F(ExchangeMiddlewareTest, BodyIsReplayedToAnUpstream) {
  TestClient& client = ask(post("/api/7"));
  client.send("all", true);
  respond(rewrite_to("http://other.example/"));
  EXPECT_EQ(upstream().body, "");
  upstream().take_body(1000);
  EXPECT_EQ(upstream().body, "all");
  EXPECT_TRUE(upstream().body_ended);
}

TEST_F(ExchangeMiddlewareTest, BodyIsReplayedAgainToTheNewSite) {
  TestClient& client = ask(post("/api/7"));
  client.send("all", true);
  workers_->next = Dispatch::queued;
  respond(kNext);
  serve();
  workers_->fail_waiting(call(), Failure::stale_generation);
  EXPECT_EQ(call().route, kMiddleware);
  EXPECT_EQ(call().body, "all");
  EXPECT_TRUE(call().body_ended);
  respond(kNext);
  EXPECT_EQ(call().route, kPages);
  EXPECT_EQ(call().body, "all");
  EXPECT_TRUE(call().body_ended);
}

TEST_F(ExchangeMiddlewareTest, CopyCountsAgainstTheBudget) {
  TestClient& client = ask(post("/api/7"));
  client.send("all of it", true);
  EXPECT_GT(client.held_bytes(), 0U);
  EXPECT_EQ(context_.budget->used(), client.held_bytes());
  respond(kNext);
  EXPECT_EQ(client.held_bytes(), 0U);
  EXPECT_EQ(context_.budget->used(), 0U);
}

TEST_F(ExchangeMiddlewareTest, CopyIsFreedWhenItRespondsItself) {
  TestClient& client = ask(post("/api/7"));
  client.send("part");
  workers_->respond(call(), 200, {}, {}, false);
  EXPECT_EQ(client.held_bytes(), 0U);
  client.send("more", true);
  EXPECT_EQ(call().body, "partmore");
  EXPECT_EQ(client.held_bytes(), 0U);
}

TEST_F(ExchangeMiddlewareTest, CopyIsFreedWhenTheClientLeaves) {
  TestClient& client = ask(post("/api/7"));
  client.send("part");
  client.leave();
  EXPECT_EQ(context_.budget->used(), 0U);
}

TEST_F(ExchangeMiddlewareTest, BodyBeyondTheLimitIsRejected) {
  plan_.config.proxy_body_limit = 10;
  serve();
  TestClient& client = ask(post("/api/7"));
  client.send("0123456789");
  client.send("x");
  EXPECT_EQ(client.response(),
            "413 Content Too Large: the middleware accepts bodies of at most 10 bytes "
            "(experimental.proxyClientMaxBodySize).\n");
  EXPECT_EQ(call().aborted, link::AbortReason::client_gone);
  EXPECT_EQ(context_.budget->used(), 0U);
}

TEST_F(ExchangeMiddlewareTest, BodyAtTheLimitIsAccepted) {
  plan_.config.proxy_body_limit = 10;
  serve();
  ask(post("/api/7")).send("0123456789", true);
  respond(kNext);
  EXPECT_EQ(call().body, "0123456789");
}

TEST_F(ExchangeMiddlewareTest, BodyWithoutMemoryIsRejected) {
  context_.budget->set_limit(1000);
  TestClient& client = ask(post("/api/7"));
  client.send("part");
  EXPECT_EQ(client.status, 503);
  EXPECT_EQ(client.field("retry-after"), "1");
  EXPECT_EQ(call().aborted, link::AbortReason::client_gone);
}

TEST_F(ExchangeMiddlewareTest, BodyIsAcceptedWhenMemoryCanBeFreed) {
  context_.budget->set_limit(1000);
  context_.on_make_room = [this] { context_.budget->set_limit(1'000'000); };
  ask(post("/api/7")).send("part", true);
  respond(kNext);
  EXPECT_EQ(call().body, "part");
  EXPECT_TRUE(call().body_ended);
}

TEST_F(ExchangeMiddlewareTest, BodyIsRejectedWhenTooLittleMemoryIsFreed) {
  context_.budget->set_limit(1000);
  context_.on_make_room = [] {};
  TestClient& client = ask(post("/api/7"));
  client.send("part");
  EXPECT_EQ(client.status, 503);
}

}  // namespace
}  // namespace millrace::gateway
