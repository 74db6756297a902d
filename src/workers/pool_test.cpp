// The pool with real child processes: which worker gets a request, how hostile workers are
// contained, and how workers start and end.
#include "workers/pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "net/timer.hpp"
#include "workers/test_pool.hpp"

namespace millrace::workers {
namespace {

class PoolTest : public PoolFixture {};

TEST_F(PoolTest, RequestsWaitForAWorkerAndGetResponses) {
  PoolOptions options;
  options.min = options.max = 2;
  open(Behaviour::respond, options);
  std::vector<Requester*> requesters;
  for (int i = 0; i < 100; ++i) requesters.push_back(&request("/some/target"));
  run_until_all_are_over();
  for (const Requester* requester : requesters) {
    EXPECT_EQ(requester->status, 200);
    EXPECT_EQ(requester->body, "/some/target");
  }
}

TEST_F(PoolTest, AWorkerThatDiesFailsItsRequestsAndIsReplaced) {
  EXPECT_EQ(failure_with(Behaviour::die_on_invoke), Failure::worker_died);
  // The next request waits for the successor, and fails in the same way.
  EXPECT_EQ(request("/").invocation.active(), true);
  run_until_all_are_over();
  EXPECT_EQ(requesters_.back().failed, Failure::worker_died);
  EXPECT_THAT(log_, testing::Contains(testing::HasSubstr("exit code 3")));
}

TEST_F(PoolTest, AWorkerThatSendsInvalidFramesIsKilled) {
  for (const Behaviour behaviour :
       {Behaviour::bad_fields, Behaviour::bad_reason, Behaviour::too_much,
        Behaviour::unknown_stream, Behaviour::server_frame, Behaviour::garbage,
        Behaviour::ask_cache_on_stream}) {
    SCOPED_TRACE(static_cast<int>(behaviour));
    log_.clear();
    EXPECT_EQ(failure_with(behaviour), Failure::worker_died);
    pool_.reset();
    requesters_.clear();
  }
}

TEST_F(PoolTest, ACacheRequestMaySpanFrames) {
  open(Behaviour::ask_cache);
  cache_answer_ = std::string(2 * protocol::kMaxPayload + 5, 'v');
  const Requester& requester = request("/");
  run_until_all_are_over();
  EXPECT_THAT(cache_requests_, testing::ElementsAre("{first half,second half}"));
  EXPECT_EQ(requester.body, std::to_string(cache_answer_->size()));
}

TEST_F(PoolTest, AWorkerThatSendsAnInvalidCacheRequestIsKilled) {
  // The observer here does not respond.
  EXPECT_EQ(failure_with(Behaviour::ask_cache), Failure::worker_died);
  EXPECT_EQ(cache_requests_.size(), 1U);
}

TEST_F(PoolTest, AHandlerCanAbort) {
  EXPECT_EQ(failure_with(Behaviour::abort), Failure::handler_failed);
}

TEST_F(PoolTest, RejectsRequestsIfNoWorkerStarts) {
  EXPECT_EQ(failure_with(Behaviour::never_starts), Failure::unavailable);
  Requester late;
  EXPECT_EQ(pool_->dispatch(late.invocation), Dispatch::refused);
  EXPECT_EQ(pool_->options().metrics->refusals(metrics::Refusal::no_worker), 2U);
  EXPECT_GE(pool_->options().metrics->ends(metrics::WorkerEnd::exited), 3U);
  EXPECT_THAT(failed_generations_,
              testing::ElementsAre("1: its workers end before they are ready: exit code 1"));
}

TEST_F(PoolTest, WhileTheOnlyWorkerStartsRequestsWaitLonger) {
  PoolOptions options;
  options.queue_timeout = std::chrono::milliseconds(1'000);
  open(Behaviour::starts_late, options);
  Requester& requester = request("/");
  run_until_all_are_over();
  EXPECT_EQ(requester.status, 200);
}

TEST_F(PoolTest, AnAbortedRequestGetsNoFurtherCall) {
  open(Behaviour::silent);
  Requester& gone = request("/");
  gone.invocation.abort(link::AbortReason::client_gone);
  EXPECT_FALSE(gone.invocation.active());
  net::Timer soon(loop_, [this] { pool_->drain(); });
  soon.set_after(std::chrono::milliseconds(0));
  run_until([this] { return drained_; });
  EXPECT_FALSE(gone.over);
}

TEST_F(PoolTest, DrainingFailsTheQueueAndEndsTheWorkers) {
  open(Behaviour::respond);
  request("/");
  pool_->drain();
  run_until([this] { return drained_; });
  EXPECT_EQ(requesters_.front().failed, Failure::unavailable);
  EXPECT_EQ(pool_->ready_workers(), 0U);
}

TEST_F(PoolTest, LoadsANewGenerationInTheSameProcess) {
  open(Behaviour::respond);
  request("/");
  run_until_all_are_over();
  Load changed = load(2);
  changed.manifest = "/m2";
  changed.environment_json = R"({"A":"b","C":null})";
  pool_->load(changed);
  Requester& second = requesters_.emplace_back();
  second.invocation.request.generation = 2;
  second.invocation.request.target = "/two";
  ASSERT_EQ(pool_->dispatch(second.invocation), Dispatch::queued);
  run_until_all_are_over();
  EXPECT_EQ(second.body, "/two");
  EXPECT_EQ(ready_, 2U);
  EXPECT_THAT(log_, testing::IsEmpty());
}

TEST_F(PoolTest, ADeathIsLoggedWithCauseRouteAndRequest) {
  EXPECT_EQ(failure_with(Behaviour::die_on_invoke), Failure::worker_died);
  run_until_logged("ended");
  EXPECT_THAT(log_, testing::Contains(testing::ContainsRegex(
                        "^worker ([0-9]+) ended: exit code 3; in flight: /api/a \\(request "
                        "[0-9]+-1\\); starting another$")));
}

TEST_F(PoolTest, TheQueueIsBounded) {
  PoolOptions options;
  options.queue = 1;
  options.concurrency = 1;
  open(Behaviour::silent, options);
  request("/");
  Requester refused;
  EXPECT_EQ(pool_->dispatch(refused.invocation), Dispatch::refused);
  EXPECT_EQ(pool_->options().metrics->refusals(metrics::Refusal::queue_full), 1U);
  // An aborted request makes room.
  requesters_.front().invocation.abort(link::AbortReason::client_gone);
  EXPECT_EQ(pool_->dispatch(refused.invocation), Dispatch::queued);
}

TEST_F(PoolTest, StartsNoWorkerBeforeTheFirstRequestIfTheMinimumIsZero) {
  PoolOptions options;
  options.min = 0;
  open(Behaviour::respond, options);
  run_some_turns();
  EXPECT_TRUE(pool_->report().workers.empty());
  request("/");
  run_until_all_are_over();
  EXPECT_EQ(requesters_.front().status, 200);
}

TEST_F(PoolTest, StartsMoreWorkersIfRequestsWait) {
  PoolOptions options;
  options.max = 3;
  options.target_wait = std::chrono::milliseconds(1);
  options.concurrency = 1;
  open(Behaviour::silent, options);
  for (int i = 0; i < 4; ++i) request("/");
  run_until([this] { return pool_->ready_workers() == 3 && pool_->report().queued == 1; });
  EXPECT_EQ(pool_->report().workers.size(), 3U);
}

TEST_F(PoolTest, ARouteThatEndsItsWorkersIsPaused) {
  open(Behaviour::die_on_invoke);
  for (std::size_t i = 0; i < Quarantine::kCrashesToPause; ++i) {
    request("/");
    run_until_all_are_over();
  }
  run_until_logged("/api/a is paused");
  Requester paused;
  EXPECT_EQ(pool_->dispatch(paused.invocation), Dispatch::paused);
  Requester other;
  other.invocation.request.route = 1;
  other.invocation.request.generation = 1;
  EXPECT_NE(pool_->dispatch(other.invocation), Dispatch::paused);
}

}  // namespace
}  // namespace millrace::workers
