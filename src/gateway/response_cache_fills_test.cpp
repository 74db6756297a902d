// Who waits for a fill, how much memory it may take, and how it fails.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "gateway/testing/test_cache.hpp"

namespace millrace::gateway {
namespace {

using workers::Dispatch;
using workers::Failure;

class ResponseCacheFillTest : public CacheTest {
 protected:
  [[nodiscard]] std::unique_ptr<Waiter> waiter() {
    auto made = std::make_unique<Waiter>(cache_);
    EXPECT_TRUE(cache_.fill(target("7"), made.get()));
    return made;
  }
};

TEST_F(ResponseCacheFillTest, IsMadeOnceForAllObservers) {
  const auto first = waiter();
  const auto second = waiter();
  const auto third = waiter();
  ASSERT_EQ(workers_->calls.size(), 1U);
  workers_->respond(workers_->last(), 200, kForever, "body");
  for (const auto* one : {&first, &second, &third}) {
    EXPECT_EQ((*one)->notified, 1);
    EXPECT_EQ((*one)->response, first->response) << "they share it";
  }
}

TEST_F(ResponseCacheFillTest, CanBeRepeatedAfterItEnded) {
  const auto first = waiter();
  workers_->respond(workers_->last(), 200, kForever, "first");
  const auto second = waiter();
  ASSERT_EQ(workers_->calls.size(), 2U);
  workers_->respond(workers_->last(), 200, kForever, "second");
  EXPECT_EQ(first->notified, 1);
  EXPECT_EQ(second->response->body, "second");
}

TEST_F(ResponseCacheFillTest, ContinuesIfOneObserverLeaves) {
  auto first = waiter();
  const auto second = waiter();
  first.reset();
  workers_->respond(workers_->last(), 200, kForever);
  EXPECT_EQ(second->notified, 1);
}

TEST_F(ResponseCacheFillTest, ContinuesIfAllObserversLeave) {
  waiter().reset();
  EXPECT_FALSE(workers_->last().aborted);
  workers_->respond(workers_->last(), 200, kForever, "body");
  EXPECT_EQ(cache_.find(target("7")).response->body, "body");
}

TEST_F(ResponseCacheFillTest, ReportsItsFailureToAllObservers) {
  for (const Failure failure : {Failure::worker_died, Failure::handler_failed, Failure::unavailable,
                                Failure::stale_generation, Failure::deadline}) {
    const auto first = waiter();
    const auto second = waiter();
    workers_->fail(workers_->last(), failure);
    EXPECT_EQ(first->failure, failure);
    EXPECT_EQ(second->failure, failure);
    EXPECT_EQ(cache_.find(target("7")).response, nullptr);
  }
  EXPECT_EQ(workers_->calls.size(), 5U) << "each tries anew";
}

TEST_F(ResponseCacheFillTest, FailsInTheMiddleOfABody) {
  const auto one = waiter();
  workers_->respond(workers_->last(), 200, kForever, "half", false);
  workers_->fail(workers_->last(), Failure::worker_died);
  EXPECT_EQ(one->failure, Failure::worker_died);
  EXPECT_EQ(cache_.find(target("7")).response, nullptr) << "half a response is none";
}

TEST_F(ResponseCacheFillTest, FailsAtOnceIfNoWorkerTakesIt) {
  for (const Dispatch refusal :
       {Dispatch::refused, Dispatch::paused, Dispatch::outdated, Dispatch::too_large}) {
    Waiter one(cache_);
    workers_->next = refusal;
    EXPECT_FALSE(cache_.fill(target("7"), &one));
    EXPECT_EQ(one.notified, 0);
  }
  EXPECT_TRUE(cache_.fill(target("7"), nullptr)) << "nothing of it stays behind";
}

TEST_F(ResponseCacheFillTest, MayWaitForAWorker) {
  workers_->next = Dispatch::queued;
  const auto one = waiter();
  TestDispatcher::Call& call = workers_->last();
  workers_->take(call);
  EXPECT_EQ(call.parameters, "7") << "what it was asked with must still be there";
  EXPECT_EQ(call.fields, "Host: localhost:3000\r\n");
  workers_->respond(call, 200, kForever, "body");
  EXPECT_EQ(one->response->body, "body");
}

TEST_F(ResponseCacheFillTest, CanFailWhileItWaitsForAWorker) {
  workers_->next = Dispatch::queued;
  const auto one = waiter();
  workers_->fail_waiting(workers_->last(), Failure::stale_generation);
  EXPECT_EQ(one->failure, Failure::stale_generation);
}

TEST_F(ResponseCacheFillTest, FailsForAnInterimStatus) {
  for (const std::uint16_t status : {100, 101, 103, 199}) {
    const auto one = waiter();
    workers_->respond(workers_->last(), status, kForever, {}, false);
    EXPECT_EQ(one->failure, Failure::handler_failed);
    EXPECT_EQ(workers_->last().aborted, link::AbortReason::protocol_error);
  }
}

TEST_F(ResponseCacheFillTest, AbortsABodyThatIsTooLong) {
  memory_->set_limit(SIZE_MAX / 4);
  const auto one = waiter();
  const std::string piece(protocol::kInitialCredit, 'x');
  workers_->respond(workers_->last(), 200, kForever, piece, false);
  constexpr std::size_t kMost = std::size_t{64} * 1024 * 1024;
  for (std::size_t sent = piece.size(); sent < kMost; sent += piece.size()) {
    ASSERT_EQ(one->notified, 0);
    workers_->send_body(workers_->last(), piece);
  }
  EXPECT_EQ(one->notified, 0) << "64 MiB are taken";
  workers_->send_body(workers_->last(), "x", false);
  EXPECT_EQ(one->failure, Failure::handler_failed);
  EXPECT_EQ(workers_->last().aborted, link::AbortReason::protocol_error);
  EXPECT_EQ(memory_->used(), 0U);
}

TEST_F(ResponseCacheFillTest, CountsItsMemoryWhileItRuns) {
  const auto one = waiter();
  workers_->respond(workers_->last(), 200, kForever, std::string(100'000, 'x'), false);
  EXPECT_GE(memory_->used(), 100'000U);
  workers_->send_body(workers_->last(), std::string(100'000, 'x'), true);
  ASSERT_EQ(one->notified, 1);
  EXPECT_EQ(memory_->used(), 0U) << "the store has a bound of its own";
}

TEST_F(ResponseCacheFillTest, AbortsABodyWithoutMemory) {
  memory_->set_limit(150'000);
  const auto one = waiter();
  workers_->respond(workers_->last(), 200, kForever, std::string(100'000, 'x'), false);
  EXPECT_EQ(one->notified, 0);
  workers_->send_body(workers_->last(), std::string(60'000, 'x'), false);
  EXPECT_EQ(one->failure, Failure::unavailable);
  EXPECT_EQ(workers_->last().aborted, link::AbortReason::client_gone);
  EXPECT_EQ(memory_->used(), 0U);
  EXPECT_EQ(cache_.find(target("7")).response, nullptr);
}

TEST_F(ResponseCacheFillTest, AnObserverMayLeaveInItsCall) {
  auto one = waiter();
  const auto other = waiter();
  one->on_notified = [&] { one.reset(); };
  workers_->respond(workers_->last(), 200, kForever);
  EXPECT_EQ(one, nullptr);
  EXPECT_EQ(other->notified, 1);
}

TEST_F(ResponseCacheFillTest, AnObserverMayDestroyAnotherInItsCall) {
  auto first = waiter();
  auto second = waiter();
  const auto third = waiter();
  // As a client that is cut to free memory for another's response.
  first->on_notified = [&] { second.reset(); };
  second->on_notified = [] { FAIL() << "it has left"; };
  workers_->respond(workers_->last(), 200, kForever);
  EXPECT_EQ(second, nullptr);
  EXPECT_EQ(third->notified, 1);
}

TEST_F(ResponseCacheFillTest, AnObserverMayDestroyAnotherAfterAFailureToo) {
  auto first = waiter();
  auto second = waiter();
  first->on_notified = [&] { second.reset(); };
  second->on_notified = [] { FAIL() << "it has left"; };
  workers_->fail(workers_->last(), Failure::worker_died);
  EXPECT_EQ(second, nullptr);
}

TEST_F(ResponseCacheFillTest, AnObserverMayStartItAgainInItsCall) {
  const auto one = waiter();
  one->on_notified = [&] {
    if (one->notified > 1) return;
    EXPECT_TRUE(cache_.fill(target("7"), one.get()));
  };
  workers_->fail(workers_->last(), Failure::worker_died);
  ASSERT_EQ(workers_->calls.size(), 2U);
  workers_->respond(workers_->last(), 200, kForever, "body");
  EXPECT_EQ(one->notified, 2);
  EXPECT_EQ(one->response->body, "body");
}

class ResponseCachePinTest : public CacheTest {
 protected:
  [[nodiscard]] cache::SharedResponse kept(std::size_t size) {
    make("7", kForever, std::string(size, 'x'));
    return cache_.find(target("7")).response;
  }
};

TEST_F(ResponseCachePinTest, CountsAResponseOnceForAllExchanges) {
  const auto response = kept(100'000);
  auto first = cache_.pin(response);
  auto second = cache_.pin(response);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(memory_->used(), response->bytes());
  first.reset();
  EXPECT_EQ(memory_->used(), response->bytes());
  second.reset();
  EXPECT_EQ(memory_->used(), 0U);
}

TEST_F(ResponseCachePinTest, CountsEachResponse) {
  const auto response = kept(100'000);
  const auto first = cache_.pin(response);
  const auto later = kept(50'000);
  const auto second = cache_.pin(later);
  EXPECT_EQ(memory_->used(), response->bytes() + later->bytes())
      << "the first one is held, though the store has dropped it";
}

TEST_F(ResponseCachePinTest, IsRefusedWithoutMemory) {
  const auto response = kept(100'000);
  memory_->set_limit(response->bytes() - 1);
  EXPECT_EQ(cache_.pin(response), nullptr);
  EXPECT_EQ(memory_->used(), 0U);
  memory_->set_limit(response->bytes());
  EXPECT_NE(cache_.pin(response), nullptr) << "nothing of the refusal stays behind";
}

TEST_F(ResponseCachePinTest, OfAPinnedResponseIsNeverRefused) {
  const auto response = kept(100'000);
  const auto first = cache_.pin(response);
  memory_->set_limit(0);
  EXPECT_NE(cache_.pin(response), nullptr);
}

}  // namespace
}  // namespace millrace::gateway
