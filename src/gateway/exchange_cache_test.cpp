// Routes with static GETs: cache hits, fills, stale responses, and draft mode, which bypasses the
// cache.
#include <gtest/gtest.h>

#include <string>

#include "gateway/testing/test_exchange.hpp"
#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

using workers::Dispatch;
using workers::Failure;

/// The fields of a response that is stored without a limit of time, and for a minute.
constexpr std::string_view kForever = "x-millrace-revalidate: false\r\n";
constexpr std::string_view kAMinute = "x-millrace-revalidate: 60\r\n";

class ExchangeCacheTest : public ExchangeTest {
 protected:
  /// Fills the cache with a response for /static/7.
  void keep(std::string_view fields, std::string_view body) {
    get("/static/7");
    workers_->respond(call(), 200, fields, body);
  }
};

TEST_F(ExchangeCacheTest, MissIsFilledByAWorker) {
  TestClient& client = ask({.target = "/static/7", .fields = "Host: a\r\nCookie: a=b\r\n"});
  EXPECT_TRUE(client.waits());
  EXPECT_TRUE(call().fill);
  EXPECT_EQ(call().route, kStatic);
  EXPECT_EQ(call().parameters, "7");
  EXPECT_EQ(call().fields.find("Cookie"), std::string::npos);
  workers_->respond(call(), 200, kForever, "made");
  EXPECT_EQ(client.response(), "200 made");
  EXPECT_EQ(client.field("x-nextjs-cache"), "MISS");
  EXPECT_EQ(client.field("cache-control"), "s-maxage=31536000");
}

TEST_F(ExchangeCacheTest, MissReceivedInPiecesIsSentAtOnce) {
  TestClient& client = get("/static/7");
  workers_->respond(call(), 200, kForever, "one ", false);
  EXPECT_EQ(client.response(), "none");
  workers_->send_body(call(), "two", true);
  EXPECT_EQ(client.response(), "200 one two");
}

TEST_F(ExchangeCacheTest, HitNeedsNoWorker) {
  keep(kForever, "kept");
  TestClient& client = get("/static/7");
  EXPECT_EQ(client.response(), "200 kept");
  EXPECT_EQ(client.field("x-nextjs-cache"), "HIT");
  EXPECT_EQ(workers_->calls.size(), 1U);
}

TEST_F(ExchangeCacheTest, HeadIsServedFromTheCacheToo) {
  keep(kForever, "kept");
  ask({.method = "HEAD", .target = "/static/7"});
  EXPECT_EQ(clients_.back().status, 200);
  EXPECT_EQ(workers_->calls.size(), 1U);
}

TEST_F(ExchangeCacheTest, OtherParametersAreAnotherResponse) {
  keep(kForever, "seven");
  get("/static/8");
  EXPECT_EQ(workers_->calls.size(), 2U);
  EXPECT_EQ(call().parameters, "8");
}

TEST_F(ExchangeCacheTest, FieldsOfTheRouteAreStored) {
  keep(std::string(kForever) + "X-A: b\r\nCache-Control: mine\r\n", "kept");
  TestClient& client = get("/static/7");
  EXPECT_EQ(client.field("x-a"), "b");
  EXPECT_EQ(client.field("cache-control"), "mine");
  EXPECT_EQ(client.field("x-millrace-revalidate"), "");
}

TEST_F(ExchangeCacheTest, StaleIsServedWhileItIsRevalidated) {
  keep(kAMinute, "old");
  context_.now += std::chrono::seconds(61);
  TestClient& client = get("/static/7");
  EXPECT_EQ(client.response(), "200 old");
  EXPECT_EQ(client.field("x-nextjs-cache"), "STALE");
  ASSERT_EQ(workers_->calls.size(), 2U);
  workers_->respond(call(), 200, kAMinute, "new");
  TestClient& next = get("/static/7");
  EXPECT_EQ(next.response(), "200 new");
  EXPECT_EQ(next.field("x-nextjs-cache"), "HIT");
}

TEST_F(ExchangeCacheTest, StaleIsRevalidatedOnceForAllClients) {
  keep(kAMinute, "old");
  context_.now += std::chrono::seconds(61);
  get("/static/7");
  get("/static/7");
  EXPECT_EQ(workers_->calls.size(), 2U);
}

TEST_F(ExchangeCacheTest, StaleIsServedEvenIfNoWorkerRevalidatesIt) {
  keep(kAMinute, "old");
  context_.now += std::chrono::seconds(61);
  workers_->next = Dispatch::refused;
  EXPECT_EQ(get("/static/7").response(), "200 old");
}

TEST_F(ExchangeCacheTest, StaleIsServedAfterAFailedRevalidation) {
  keep(kAMinute, "old");
  context_.now += std::chrono::seconds(61);
  get("/static/7");
  workers_->fail(call(), Failure::worker_died);
  EXPECT_EQ(get("/static/7").response(), "200 old");
}

TEST_F(ExchangeCacheTest, SecondClientJoinsTheFirst) {
  TestClient& first = get("/static/7");
  TestClient& second = get("/static/7");
  EXPECT_EQ(workers_->calls.size(), 1U);
  workers_->respond(call(), 200, kForever, "made");
  EXPECT_EQ(first.response(), "200 made");
  EXPECT_EQ(second.response(), "200 made");
}

TEST_F(ExchangeCacheTest, ClientThatLeavesDoesNotAffectOthers) {
  TestClient& first = get("/static/7");
  TestClient& second = get("/static/7");
  first.leave();
  EXPECT_EQ(call().aborted, std::nullopt);
  workers_->respond(call(), 200, kForever, "made");
  EXPECT_EQ(second.response(), "200 made");
}

TEST_F(ExchangeCacheTest, FillIsStoredEvenIfNoClientWaits) {
  get("/static/7").leave();
  workers_->respond(call(), 200, kForever, "made");
  EXPECT_EQ(get("/static/7").response(), "200 made");
  EXPECT_EQ(workers_->calls.size(), 1U);
}

TEST_F(ExchangeCacheTest, FillThatWaitsForAWorker) {
  workers_->next = Dispatch::queued;
  TestClient& client = get("/static/7");
  workers_->take(call());
  workers_->respond(call(), 200, kForever, "made");
  EXPECT_EQ(client.response(), "200 made");
}

struct FillFailure {
  const char* name;
  Failure failure;
  std::uint16_t status;
};

class ExchangeFillFailureTest : public ExchangeCacheTest,
                                public testing::WithParamInterface<FillFailure> {};

TEST_P(ExchangeFillFailureTest, IsTheSameStatusForAllWaitingClients) {
  TestClient& first = get("/static/7");
  TestClient& second = get("/static/7");
  workers_->fail(call(), GetParam().failure);
  EXPECT_EQ(first.status, GetParam().status);
  EXPECT_EQ(second.status, GetParam().status);
}

TEST_P(ExchangeFillFailureTest, WithinTheBodyIsTheSameStatus) {
  TestClient& client = get("/static/7");
  workers_->respond(call(), 200, kForever, "begun", false);
  workers_->fail(call(), GetParam().failure);
  EXPECT_EQ(client.status, GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(All, ExchangeFillFailureTest,
                         testing::Values(FillFailure{"WorkerDied", Failure::worker_died, 502},
                                         FillFailure{"HandlerFailed", Failure::handler_failed, 502},
                                         FillFailure{"Deadline", Failure::deadline, 504},
                                         FillFailure{"Unavailable", Failure::unavailable, 503}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_F(ExchangeCacheTest, FillThatNoWorkerTakesIsUnavailable) {
  workers_->next = Dispatch::refused;
  TestClient& client = get("/static/7");
  EXPECT_EQ(client.status, 503);
  EXPECT_EQ(client.field("retry-after"), "1");
}

TEST_F(ExchangeCacheTest, FillOfAStaleGenerationBeginsAnew) {
  workers_->next = Dispatch::queued;
  TestClient& client = get("/static/7");
  serve();
  workers_->fail_waiting(call(), Failure::stale_generation);
  EXPECT_EQ(call().generation, 8U);
  workers_->respond(call(), 200, kForever, "new");
  EXPECT_EQ(client.response(), "200 new");
}

TEST_F(ExchangeCacheTest, FillWithAStatusBelow200IsAFailure) {
  TestClient& client = get("/static/7");
  workers_->respond(call(), 103, {});
  EXPECT_EQ(client.status, 502);
}

TEST_F(ExchangeCacheTest, ErrorResponseIsSentAndNotStored) {
  TestClient& client = get("/static/7");
  workers_->respond(call(), 500, "X-A: b\r\n", "the handler's error");
  EXPECT_EQ(client.response(), "500 the handler's error");
  EXPECT_EQ(client.field("x-nextjs-cache"), "");
  get("/static/7");
  EXPECT_EQ(workers_->calls.size(), 2U);
}

TEST_F(ExchangeCacheTest, NoContentIsStored) {
  get("/static/7");
  workers_->respond(call(), 204, kForever);
  EXPECT_EQ(get("/static/7").response(), "204");
}

TEST_F(ExchangeCacheTest, MethodOtherThanGetAndHeadIsNotAllowed) {
  TestClient& client = ask(post("/static/7"));
  EXPECT_EQ(client.response(), "405 Method Not Allowed");
  EXPECT_EQ(client.fields, "Allow: GET, HEAD\r\n");
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ExchangeCacheTest, PathThatWasNotPrerenderedIsNotFound) {
  plan_.routes[kStatic].cached->dynamic_params = false;
  serve();
  EXPECT_EQ(get("/static/7").status, 404);
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ExchangeCacheTest, PrerenderedResponseIsAHit) {
  const project::TestFolder folder;
  folder.write("body", "built");
  plan_.root = folder.path();
  plan_.routes[kStatic].cached->dynamic_params = false;
  plan_.prerendered = {{.route = kStatic,
                        .parameters = "7",
                        .status = 200,
                        .fields = std::string(kForever),
                        .body = "body"}};
  serve();
  TestClient& client = get("/static/7");
  EXPECT_EQ(client.response(), "200 built");
  EXPECT_EQ(client.field("x-nextjs-cache"), "HIT");
}

TEST_F(ExchangeCacheTest, FieldsOfRulesReplaceThoseOfACachedResponse) {
  plan_.rules.headers = {adding("/static/:id", {{"Cache-Control", "rule"}})};
  serve();
  keep(kForever, "kept");
  EXPECT_EQ(get("/static/7").field("cache-control"), "rule");
}

// Bodies sent in pieces.

class ExchangeLongKeptTest : public ExchangeCacheTest {
 protected:
  ExchangeLongKeptTest() {
    context_.budget->set_limit(std::size_t{8} << 20U);
    for (std::size_t i = 0; i < kSize; ++i) long_ += static_cast<char>('a' + i % 26);
    // The client that caused the fill leaves: the response is stored all the same.
    get("/static/7").leave();
    workers_->respond(call(), 200, kForever, {}, false);
    for (std::size_t at = 0; at < kSize; at += kPiece) {
      workers_->send_body(call(), std::string_view(long_).substr(at, kPiece), at + kPiece >= kSize);
    }
  }

  static constexpr std::size_t kSize = std::size_t{1} << 20U;
  static constexpr std::size_t kPiece = std::size_t{64} * 1024;
  std::string long_;
};

TEST_F(ExchangeLongKeptTest, AreSentAsFastAsTheClientTakesThem) {
  TestClient& slow = clients_.emplace_back(context_, TestRequest{.target = "/static/7"});
  slow.takes = 0;
  slow.start();
  EXPECT_LT(slow.body.size(), kSize / 2);
  for (int i = 0; i < 100 && !slow.ended; ++i) {
    slow.read(0);
    turn();
  }
  EXPECT_EQ(slow.body, long_);
  EXPECT_EQ(slow.declared_length, kSize);
}

TEST_F(ExchangeLongKeptTest, AreSentInBoundedTurns) {
  TestClient& client = get("/static/7");
  EXPECT_FALSE(client.ended) << "a client that takes all at once must not hold the loop";
  const std::size_t first = client.body.size();
  EXPECT_LT(first, kSize);
  turn();
  EXPECT_GT(client.body.size(), first);
  for (int i = 0; i < 100 && !client.ended; ++i) turn();
  EXPECT_EQ(client.body, long_);
}

TEST_F(ExchangeLongKeptTest, StopIfTheClientDoesNotRead) {
  TestClient& client = clients_.emplace_back(context_, TestRequest{.target = "/static/7"});
  client.takes = 1000;
  client.start();
  const std::size_t first = client.body.size();
  turn();
  turn();
  EXPECT_EQ(client.body.size(), first);
  client.read(0);
  EXPECT_GT(client.body.size(), first);
}

TEST_F(ExchangeLongKeptTest, EndWhenTheClientLeaves) {
  TestClient& client = get("/static/7");
  client.leave();
  turn();
  EXPECT_FALSE(client.ended);
}

TEST_F(ExchangeLongKeptTest, HaveNoBodyForHead) {
  TestClient& client = ask({.method = "HEAD", .target = "/static/7"});
  EXPECT_EQ(client.response(), "200");
  EXPECT_EQ(client.declared_length, kSize);
}

TEST_F(ExchangeLongKeptTest, AreRejectedWithoutMemory) {
  context_.budget->set_limit(1000);
  TestClient& client = get("/static/7");
  EXPECT_EQ(client.status, 503);
  EXPECT_EQ(client.field("retry-after"), "1");
}

TEST_F(ExchangeLongKeptTest, AreSentWhenMemoryCanBeFreed) {
  context_.budget->set_limit(1000);
  context_.on_make_room = [this] { context_.budget->set_limit(std::size_t{8} << 20U); };
  EXPECT_EQ(get("/static/7").status, 200);
}

TEST_F(ExchangeLongKeptTest, CountOnceForAllClients) {
  EXPECT_EQ(context_.budget->used(), 0U);
  TestClient& first = get("/static/7");
  const std::size_t once = context_.budget->used();
  EXPECT_GE(once, kSize);
  TestClient& second = get("/static/7");
  EXPECT_EQ(context_.budget->used(), once);
  first.leave();
  second.leave();
  EXPECT_EQ(context_.budget->used(), 0U);
}

// Draft mode.

class ExchangeDraftTest : public ExchangeCacheTest {
 protected:
  ExchangeDraftTest() {
    folder_.write(".millrace/preview.key", "key");
    plan_.root = folder_.path();
    serve();
  }

  /// The cookie for the key above: the beginning of SHA-256 of "keybypass".
  static constexpr std::string_view kCookie =
      "Host: a\r\nCookie: __prerender_bypass=9447056e817b6cb4a9c5ffffa8ff72a4\r\n";

  TestClient& ask_in_draft(std::string method = "GET") {
    return ask(
        {.method = std::move(method), .target = "/static/7", .fields = std::string(kCookie)});
  }

  project::TestFolder folder_;
};

TEST_F(ExchangeDraftTest, BypassesTheCache) {
  keep(kForever, "kept");
  TestClient& client = ask_in_draft();
  EXPECT_FALSE(call().fill);
  EXPECT_NE(call().fields.find("Cookie"), std::string::npos);
  workers_->respond(call(), 200, "Cache-Control: mine\r\nX-A: b\r\n", "draft");
  EXPECT_EQ(client.response(), "200 draft");
  EXPECT_EQ(client.field("x-nextjs-cache"), "HIT");
  EXPECT_EQ(client.field("cache-control"),
            "private, no-cache, no-store, max-age=0, must-revalidate");
  EXPECT_EQ(client.field("x-a"), "b");
}

TEST_F(ExchangeDraftTest, ChangesNothingInTheCache) {
  keep(kForever, "kept");
  ask_in_draft();
  workers_->respond(call(), 200, kForever, "draft");
  EXPECT_EQ(get("/static/7").response(), "200 kept");
}

TEST_F(ExchangeDraftTest, StreamsAsOtherRoutesDo) {
  TestClient& client = ask_in_draft();
  workers_->respond(call(), 200, {}, "one ", false);
  EXPECT_EQ(client.body, "one ");
  workers_->send_body(call(), "two", true);
  EXPECT_EQ(client.response(), "200 one two");
}

TEST_F(ExchangeDraftTest, AcceptsOtherMethods) {
  TestClient& client = ask_in_draft("POST");
  workers_->respond(call(), 405, {}, {});
  EXPECT_EQ(client.response(), "405");
}

TEST_F(ExchangeDraftTest, IsNotCachedWhateverRulesSay) {
  plan_.rules.headers = {adding("/static/:id", {{"Cache-Control", "rule"}})};
  serve();
  TestClient& client = ask_in_draft();
  workers_->respond(call(), 200, {}, "draft");
  EXPECT_EQ(client.field("cache-control"),
            "private, no-cache, no-store, max-age=0, must-revalidate");
}

TEST_F(ExchangeDraftTest, FieldsOfRulesReplaceItsOwn) {
  plan_.rules.headers = {adding("/static/:id", {{"X-A", "rule"}})};
  serve();
  TestClient& client = ask_in_draft();
  workers_->respond(call(), 200, "X-A: route\r\n", "draft");
  EXPECT_EQ(client.field("x-a"), "rule");
}

TEST_F(ExchangeDraftTest, OfAnEntryOfNextJsIsNotCachedWhateverRulesSay) {
  plan_.routes[kApp].of_next = true;
  plan_.rules.headers = {adding("/app/:id", {{"Cache-Control", "rule"}})};
  serve();
  TestClient& client = ask({.target = "/app/7", .fields = std::string(kCookie)});
  workers_->respond(call(), 200,
                    "Cache-Control: private, no-cache, no-store, max-age=0, must-revalidate\r\n");
  EXPECT_EQ(client.field("cache-control"),
            "private, no-cache, no-store, max-age=0, must-revalidate");
}

TEST_F(ExchangeDraftTest, CookieOfAnotherProjectIsIgnored) {
  keep(kForever, "kept");
  TestClient& client =
      ask({.target = "/static/7",
           .fields = "Cookie: __prerender_bypass=00000000000000000000000000000000\r\n"});
  EXPECT_EQ(client.response(), "200 kept");
}

}  // namespace
}  // namespace millrace::gateway
