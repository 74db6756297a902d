// Requests to which a worker responds.
#include <gtest/gtest.h>

#include <string>

#include "gateway/testing/test_exchange.hpp"

namespace millrace::gateway {
namespace {

using workers::Dispatch;
using workers::Failure;

constexpr std::string_view kText = "Content-Type: text/plain\r\n";
constexpr std::size_t kWorkerCredit = protocol::kInitialCredit;

class ExchangeWorkerTest : public ExchangeTest {};

TEST_F(ExchangeWorkerTest, GetsTheRouteItsParametersAndTheRequest) {
  ask({.method = "DELETE", .target = "/api/7?q=1", .fields = "Host: a\r\nX-A: b\r\n"});
  EXPECT_EQ(call().generation, 7U);
  EXPECT_EQ(call().route, kPages);
  EXPECT_EQ(call().method, "DELETE");
  EXPECT_EQ(call().target, "/api/7?q=1");
  EXPECT_EQ(call().parameters, "7");
  EXPECT_EQ(call().fields, "Host: a\r\nX-A: b\r\n");
  EXPECT_FALSE(call().fill);
  EXPECT_FALSE(call().has_body);
}

TEST_F(ExchangeWorkerTest, ResponseInOnePieceIsForwarded) {
  TestClient& client = get("/api/7");
  workers_->respond(call(), 201, kText, "made");
  EXPECT_EQ(client.response(), "201 made");
  EXPECT_EQ(client.fields, kText);
}

TEST_F(ExchangeWorkerTest, ResponseInPiecesIsStreamed) {
  TestClient& client = get("/api/7");
  workers_->respond(call(), 200, kText, "one ", false);
  EXPECT_EQ(client.body, "one ");
  workers_->send_body(call(), "two ");
  EXPECT_EQ(client.response(), "200 with more to come");
  workers_->send_body(call(), "three", true);
  EXPECT_EQ(client.response(), "200 one two three");
}

TEST_F(ExchangeWorkerTest, GetsCreditForBytesThatTheClientTook) {
  get("/api/7");
  workers_->respond(call(), 200, kText, std::string(kWorkerCredit / 2, 'x'), false);
  EXPECT_EQ(call().granted, kWorkerCredit / 2);
}

TEST_F(ExchangeWorkerTest, GetsNoCreditForUnsentBytes) {
  TestClient& client = get("/api/7");
  client.takes = 10;
  workers_->respond(call(), 200, kText, std::string(kWorkerCredit / 2, 'x'), false);
  workers_->send_body(call(), std::string(kWorkerCredit / 4, 'x'));
  EXPECT_EQ(call().granted, 0U);
  client.read();
  EXPECT_EQ(call().granted, kWorkerCredit / 2 + kWorkerCredit / 4);
}

TEST_F(ExchangeWorkerTest, HeadOfAResponseWithoutBodyIsForwarded) {
  TestClient& client = ask({.method = "HEAD", .target = "/api/7"});
  EXPECT_EQ(call().method, "HEAD");
  workers_->respond(call(), 200, "Content-Length: 5\r\n");
  EXPECT_EQ(client.response(), "200");
  EXPECT_EQ(client.field("content-length"), "5");
}

TEST_F(ExchangeWorkerTest, NotModifiedOfARouteIsForwarded) {
  TestClient& client = get("/app/7");
  workers_->respond(call(), 304, "ETag: \"a\"\r\n");
  EXPECT_EQ(client.response(), "304");
  EXPECT_EQ(client.field("etag"), "\"a\"");
}

TEST_F(ExchangeWorkerTest, UpgradeRequestIsHandledLikeOthers) {
  TestClient& client = ask(
      {.target = "/api/7", .fields = "Host: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"});
  workers_->respond(call(), 426, {}, "no");
  EXPECT_EQ(client.response(), "426 no");
}

// A client would take a status below 200 for an interim response.
class ExchangeInterimTest : public ExchangeWorkerTest,
                            public testing::WithParamInterface<std::uint16_t> {};

TEST_P(ExchangeInterimTest, IsAnErrorStatus) {
  TestClient& client = get("/api/7");
  workers_->respond(call(), GetParam(), {}, {}, false);
  EXPECT_EQ(client.response(),
            "502 Bad Gateway: the route responded with a status below 200, which is not a final "
            "status.\n");
  EXPECT_EQ(call().aborted, link::AbortReason::protocol_error);
}

INSTANTIATE_TEST_SUITE_P(All, ExchangeInterimTest, testing::Values(100, 101, 103, 199));

TEST_F(ExchangeWorkerTest, InterimResponseThatEndsIsAnErrorStatus) {
  TestClient& client = get("/api/7");
  workers_->respond(call(), 101, {});
  EXPECT_EQ(client.status, 502);
}

struct FailureCase {
  const char* name;
  Failure failure;
  std::uint16_t status;
  std::string_view retry_after;
};

class ExchangeFailureTest : public ExchangeWorkerTest,
                            public testing::WithParamInterface<FailureCase> {};

TEST_P(ExchangeFailureTest, BeforeTheHeadIsAnErrorStatus) {
  TestClient& client = get("/api/7");
  workers_->fail(call(), GetParam().failure);
  EXPECT_EQ(client.status, GetParam().status);
  EXPECT_TRUE(client.ended);
  EXPECT_EQ(client.field("retry-after"), GetParam().retry_after);
  EXPECT_EQ(client.field("content-type"), "text/plain; charset=utf-8");
}

TEST_P(ExchangeFailureTest, AfterTheHeadCutsTheConnection) {
  TestClient& client = get("/api/7");
  workers_->respond(call(), 200, kText, {}, false);
  workers_->fail(call(), GetParam().failure);
  EXPECT_EQ(client.response(), "cut after 0 bytes");
}

TEST_P(ExchangeFailureTest, WithinTheBodyCutsTheConnection) {
  TestClient& client = get("/api/7");
  workers_->respond(call(), 200, kText, "begun", false);
  workers_->send_body(call(), "more");
  workers_->fail(call(), GetParam().failure);
  EXPECT_EQ(client.response(), "cut after 9 bytes");
}

TEST_P(ExchangeFailureTest, WhileTheClientSendsItsBodyIsAnErrorStatus) {
  TestClient& client = ask(post("/api/7"));
  client.send("part");
  workers_->fail(call(), GetParam().failure);
  EXPECT_EQ(client.status, GetParam().status);
}

TEST_P(ExchangeFailureTest, WhileTheClientDoesNotReadCutsTheConnection) {
  TestClient& client = get("/api/7");
  client.takes = 1;
  workers_->respond(call(), 200, kText, "begun", false);
  workers_->fail(call(), GetParam().failure);
  EXPECT_TRUE(client.was_cut);
}

TEST_P(ExchangeFailureTest, OfAListenerIsTheSame) {
  workers_->listening = true;
  TestClient& client = get("/nowhere");
  workers_->fail(call(), GetParam().failure);
  EXPECT_EQ(client.status, GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    All, ExchangeFailureTest,
    testing::Values(FailureCase{"WorkerDied", Failure::worker_died, 502, ""},
                    FailureCase{"HandlerFailed", Failure::handler_failed, 502, ""},
                    FailureCase{"Deadline", Failure::deadline, 504, ""},
                    FailureCase{"Unavailable", Failure::unavailable, 503, "1"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(ExchangeWorkerTest, FailureNamesItsCause) {
  const auto text = [this](Failure failure) {
    TestClient& client = get("/api/7");
    workers_->fail(call(), failure);
    return client.body;
  };
  EXPECT_EQ(text(Failure::worker_died),
            "Bad Gateway: the worker ended before the route had responded.\n");
  EXPECT_EQ(text(Failure::handler_failed),
            "Bad Gateway: the route failed before it had responded.\n");
  EXPECT_EQ(text(Failure::deadline),
            "Gateway Timeout: the route took longer than its maxDuration.\n");
  EXPECT_EQ(text(Failure::unavailable),
            "Service Unavailable: no worker can take this request now.\n");
}

struct RefusalCase {
  const char* name;
  Dispatch dispatch;
  std::uint16_t status;
  std::string_view retry_after;
};

class ExchangeRefusalTest : public ExchangeWorkerTest,
                            public testing::WithParamInterface<RefusalCase> {};

TEST_P(ExchangeRefusalTest, IsAnErrorStatusAtOnce) {
  workers_->next = GetParam().dispatch;
  TestClient& client = get("/api/7");
  EXPECT_EQ(client.status, GetParam().status);
  EXPECT_EQ(client.field("retry-after"), GetParam().retry_after);
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_P(ExchangeRefusalTest, OfARequestWithABodyLeavesTheBodyUnread) {
  workers_->next = GetParam().dispatch;
  TestClient& client = ask(post("/api/7"));
  EXPECT_EQ(client.status, GetParam().status);
  EXPECT_EQ(client.asked_for_body, 0);
}

INSTANTIATE_TEST_SUITE_P(All, ExchangeRefusalTest,
                         testing::Values(RefusalCase{"Refused", Dispatch::refused, 503, "1"},
                                         RefusalCase{"Paused", Dispatch::paused, 502, "1"},
                                         RefusalCase{"TooLarge", Dispatch::too_large, 431, ""},
                                         RefusalCase{"Outdated", Dispatch::outdated, 503, "1"}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_F(ExchangeWorkerTest, OutdatedFleetIsReplacedByTheNewSite) {
  // The request's site has been replaced since it began: its workers drain.
  plan_.middleware = {rule_for("/api/:id")};
  serve();
  TestClient& client = get("/api/7");
  TestDispatcher::Call& middleware = call();
  plan_.middleware.reset();
  serve();
  workers_->next = Dispatch::outdated;
  workers_->respond(middleware, 200, "x-middleware-next: 1\r\n");
  EXPECT_EQ(call().route, kPages);
  EXPECT_EQ(call().generation, 9U);
  workers_->respond(call(), 200, {}, "new");
  EXPECT_EQ(client.response(), "200 new");
}

// The queue.

TEST_F(ExchangeWorkerTest, WaitsInTheQueueUntilAWorkerTakesIt) {
  workers_->next = Dispatch::queued;
  TestClient& client = get("/api/7");
  EXPECT_EQ(client.response(), "none");
  workers_->take(call());
  workers_->respond(call(), 200, {}, "late");
  EXPECT_EQ(client.response(), "200 late");
}

TEST_F(ExchangeWorkerTest, ParametersOfAQueuedRequestAreCopied) {
  workers_->next = Dispatch::queued;
  get("/api/first");
  get("/api/second");
  TestDispatcher::Call& waiting = workers_->calls.front();
  workers_->take(waiting);
  EXPECT_EQ(waiting.parameters, "first");
  EXPECT_EQ(call().parameters, "second");
}

TEST_F(ExchangeWorkerTest, QueueTimeoutIsAnErrorStatus) {
  workers_->next = Dispatch::queued;
  TestClient& client = get("/api/7");
  workers_->fail_waiting(call(), Failure::unavailable);
  EXPECT_EQ(client.status, 503);
}

TEST_F(ExchangeWorkerTest, BodyWaitsWithTheRequestInTheQueue) {
  workers_->next = Dispatch::queued;
  TestClient& client = ask(post("/api/7"));
  EXPECT_EQ(client.body_room(), 0U);
  EXPECT_EQ(client.asked_for_body, 0);
  workers_->take(call());
  EXPECT_EQ(client.asked_for_body, 1);
  EXPECT_EQ(client.body_room(), kWorkerCredit);
}

// A new generation.

TEST_F(ExchangeWorkerTest, StaleGenerationIsMatchedAgain) {
  workers_->next = Dispatch::queued;
  TestClient& client = get("/api/7");
  serve();
  workers_->fail_waiting(call(), Failure::stale_generation);
  EXPECT_EQ(call().generation, 8U);
  EXPECT_EQ(call().parameters, "7");
  workers_->respond(call(), 200, {}, "new");
  EXPECT_EQ(client.response(), "200 new");
}

TEST_F(ExchangeWorkerTest, StaleGenerationWhoseRouteIsGoneIsNotFound) {
  workers_->next = Dispatch::queued;
  TestClient& client = get("/api/7");
  plan_.routes.clear();
  serve();
  workers_->fail_waiting(call(), Failure::stale_generation);
  EXPECT_EQ(client.status, 404);
}

TEST_F(ExchangeWorkerTest, StaleGenerationWaitsForTheNextSite) {
  workers_->next = Dispatch::queued;
  TestClient& client = get("/api/7");
  context_.is_paused = true;
  workers_->fail_waiting(call(), Failure::stale_generation);
  EXPECT_TRUE(client.waits());
  serve();
  workers_->respond(call(), 200, {}, "new");
  EXPECT_EQ(client.response(), "200 new");
}

TEST_F(ExchangeWorkerTest, StaleGenerationSendsTheBodyToTheNewWorker) {
  workers_->next = Dispatch::queued;
  TestClient& client = ask(post("/api/7"));
  serve();
  workers_->fail_waiting(call(), Failure::stale_generation);
  client.send("all", true);
  EXPECT_EQ(call().body, "all");
  EXPECT_TRUE(call().body_ended);
}

TEST_F(ExchangeWorkerTest, StaleGenerationMayOccurTwice) {
  workers_->then = Dispatch::queued;
  TestClient& client = get("/api/7");
  for (int i = 0; i < 2; ++i) {
    serve();
    workers_->fail_waiting(call(), Failure::stale_generation);
  }
  EXPECT_EQ(call().generation, 9U);
  workers_->take(call());
  workers_->respond(call(), 204, {});
  EXPECT_EQ(client.response(), "204");
}

// The request's body.

TEST_F(ExchangeWorkerTest, BodyIsStreamedToTheWorker) {
  TestClient& client = ask(post("/api/7"));
  EXPECT_EQ(client.asked_for_body, 1);
  client.send("one ");
  EXPECT_EQ(call().body, "one ");
  EXPECT_FALSE(call().body_ended);
  client.send("two", true);
  EXPECT_EQ(call().body, "one two");
  EXPECT_TRUE(call().body_ended);
}

TEST_F(ExchangeWorkerTest, BodyIsAcceptedAsFarAsTheWorkerHasRoom) {
  TestClient& client = ask(post("/api/7"));
  client.send(std::string(kWorkerCredit, 'x'));
  EXPECT_EQ(client.body_room(), 0U);
  workers_->grant(call(), 10);
  EXPECT_EQ(client.body_room(), 10U);
  EXPECT_EQ(client.asked_for_body, 2);
}

TEST_F(ExchangeWorkerTest, BodyWaitsWhileTheWorkerReadsNothing) {
  TestClient& client = ask(post("/api/7"));
  workers_->is_congested = true;
  EXPECT_EQ(client.body_room(), 0U);
}

TEST_F(ExchangeWorkerTest, BodyContinuesAfterTheResponseBegan) {
  TestClient& client = ask(post("/api/7"));
  client.send("one ");
  workers_->respond(call(), 200, kText, "early", false);
  client.send("two", true);
  EXPECT_EQ(call().body, "one two");
  workers_->send_body(call(), {}, true);
  EXPECT_EQ(client.response(), "200 early");
}

TEST_F(ExchangeWorkerTest, BodyIsNotCopied) {
  TestClient& client = ask(post("/api/7"));
  client.send(std::string(1000, 'x'));
  EXPECT_EQ(client.held_bytes(), 0U);
}

// The client leaves.

TEST_F(ExchangeWorkerTest, ClientThatLeavesIsRemovedFromTheQueue) {
  workers_->next = Dispatch::queued;
  TestClient& client = get("/api/7");
  client.leave();
  EXPECT_TRUE(call().withdrawn());
}

TEST_F(ExchangeWorkerTest, WorkerGetsAnAbortBeforeTheHead) {
  get("/api/7").leave();
  EXPECT_EQ(call().aborted, link::AbortReason::client_gone);
}

TEST_F(ExchangeWorkerTest, WorkerGetsAnAbortWithinTheBody) {
  TestClient& client = get("/api/7");
  workers_->respond(call(), 200, kText, "begun", false);
  client.leave();
  EXPECT_EQ(call().aborted, link::AbortReason::client_gone);
}

TEST_F(ExchangeWorkerTest, WorkerGetsAnAbortWhileTheClientSendsItsBody) {
  TestClient& client = ask(post("/api/7"));
  client.send("part");
  client.leave();
  EXPECT_EQ(call().aborted, link::AbortReason::client_gone);
  EXPECT_FALSE(call().body_ended);
}

TEST_F(ExchangeWorkerTest, WorkerGetsNoAbortAfterTheResponse) {
  get("/api/7");
  workers_->respond(call(), 200, {});
  EXPECT_EQ(call().aborted, std::nullopt);
}

}  // namespace
}  // namespace millrace::gateway
