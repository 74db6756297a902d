// The pool with real child processes that exceed a limit: of time, of memory, of start attempts.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include "base/unique_fd.hpp"
#include "net/timer.hpp"
#include "workers/test_pool.hpp"

namespace millrace::workers {
namespace {

class PoolLimitsTest : public PoolFixture {};

TEST_F(PoolLimitsTest, ARouteEndsAtItsDeadlineAndTheWorkerContinues) {
  routes_[0].max_duration = std::chrono::milliseconds(1);
  EXPECT_EQ(failure_with(Behaviour::silent), Failure::deadline);
  EXPECT_THAT(log_, testing::IsEmpty());
  EXPECT_EQ(pool_->ready_workers(), 1U);
}

TEST_F(PoolLimitsTest, ARouteThatBlocksItsWorkerPastItsDeadlineIsNamedInTheLog) {
  routes_[0].max_duration = std::chrono::milliseconds(1);
  PoolOptions options;
  options.blocked = std::chrono::milliseconds(20);
  open(Behaviour::block, options);
  Requester& requester = request("/");
  run_until_all_are_over();
  EXPECT_EQ(requester.failed, Failure::deadline);
  run_until_logged("(limit 0.1 s); in flight: /api/a (request");
}

TEST_F(PoolLimitsTest, OtherThreadsThatRespondDoNotHideAHeldThread) {
  routes_[0].max_duration = std::chrono::milliseconds(1);
  PoolOptions options;
  options.blocked = std::chrono::milliseconds(20);
  open(Behaviour::chatter, options);
  Requester& requester = request("/");
  run_until_all_are_over();
  EXPECT_EQ(requester.failed, Failure::deadline);
  run_until_logged("killed: blocked");
}

TEST_F(PoolLimitsTest, ABlockedWorkerIsReplacedForItsCpuTimeAndOnlyItsRequestsFail) {
  PoolOptions options;
  options.blocked = std::chrono::milliseconds(100);
  open(Behaviour::spin, options);
  Requester& requester = request("/");
  run_until_all_are_over();
  EXPECT_EQ(requester.failed, Failure::worker_died);
  run_until_logged("ended: killed: blocked");
  // It was the only worker.
  ASSERT_EQ(log_.size(), 2U);
  EXPECT_THAT(log_[0], testing::ContainsRegex(
                           "is being replaced: blocked: its event loop did not turn while it used "
                           "[0-9.]+ s of CPU \\(limit 0.1 s\\); no other worker can serve"));
}

TEST_F(PoolLimitsTest, ASleepingUnresponsiveWorkerIsReplacedAfterALongerTime) {
  PoolOptions options;
  options.blocked = std::chrono::milliseconds(20);
  open(Behaviour::block, options);
  Requester& requester = request("/");
  run_until_all_are_over();
  EXPECT_EQ(requester.failed, Failure::worker_died);
  run_until_logged("ended: killed: blocked");
  EXPECT_THAT(log_[0], testing::ContainsRegex(
                           "did not turn while it did nothing for [0-9.]+ s \\(limit 0.1 s\\)"));
}

TEST_F(PoolLimitsTest, LoadingModulesHasALimitOfItsOwn) {
  PoolOptions options;
  options.blocked = std::chrono::milliseconds(20);
  // A short interval, so that the worker is pinged in time.
  options.idle = std::chrono::milliseconds(200);
  open(Behaviour::load_modules, options);
  Requester& requester = request("/");
  run_until_all_are_over();
  EXPECT_EQ(requester.status, 200);
  EXPECT_THAT(log_, testing::IsEmpty());
}

TEST_F(PoolLimitsTest, AWorkerThatIsNotReadyInTimeIsKilledAndTheNextGetsMoreTime) {
  PoolOptions options;
  options.start_timeout = std::chrono::milliseconds(40);
  open(Behaviour::starts_late, options);
  Requester& requester = request("/");
  run_until_all_are_over();
  // It sleeps for longer than six times 40 ms, but less than eight times that.
  EXPECT_EQ(requester.status, 200);
  EXPECT_THAT(log_, testing::Contains(testing::HasSubstr("killed: not ready in time: it ")));
}

TEST_F(PoolLimitsTest, ABlockedWorkerGetsNothingNewAndTheQueueHasADeadline) {
  PoolOptions options;
  options.queue_timeout = std::chrono::milliseconds(60);
  open(Behaviour::block, options);
  run_until([this] { return pool_->ready_workers() == 1; });
  Requester& first = request("/");
  // Once the worker is known to be unresponsive, further requests wait, with a timeout.
  net::Timer more(loop_, [this, &more] {
    const bool inside = request("/").invocation.body_credit() > 0;
    if (inside) more.set_after(std::chrono::milliseconds(5));
  });
  more.set_after(std::chrono::milliseconds(5));
  run_until([this] { return requesters_.back().over; });
  EXPECT_TRUE(first.invocation.active());
  EXPECT_EQ(requesters_.back().failed, Failure::unavailable);
}

TEST_F(PoolLimitsTest, AStandInServesOnlyWhileTheOneWorkerIsHeld) {
  const std::string pipe = testing::TempDir() + "pool_held_" + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  PoolOptions options;
  options.serving = Serving::one;
  options.held = std::chrono::milliseconds(50);
  open(Behaviour::respond_with_pid, options);
  const Requester& before = request("/");
  run_until_all_are_over();
  const Requester& held = request(pipe);
  const auto another_answers = [&] {
    return std::any_of(requesters_.begin(), requesters_.end(), [&](const Requester& requester) {
      return !requester.body.empty() && requester.body != before.body;
    });
  };
  // The first requests may still go to the held worker, and wait with it.
  net::Timer ask(loop_, [&] {
    request("/");
    ask.set_after(std::chrono::milliseconds(5));
  });
  ask.set_after(std::chrono::milliseconds(0));
  run_until(another_answers);
  ask.cancel();
  EXPECT_TRUE(held.body.empty()) << "a held worker is not killed";
  const base::UniqueFd release(::open(pipe.c_str(), O_WRONLY | O_CLOEXEC));
  ::unlink(pipe.c_str());
  run_until_all_are_over();
  EXPECT_EQ(held.body, before.body);
  for (std::size_t i = 0; i < 20; ++i) {
    const Requester& after = request("/");
    run_until_all_are_over();
    EXPECT_EQ(after.body, before.body);
  }
  EXPECT_EQ(pool_->ready_workers(), 1U) << "the stand-in has ended";
}

TEST_F(PoolLimitsTest, AWorkerPastItsMemoryLimitServesUntilItIsReplaced) {
  PoolOptions options;
  options.memory = std::uint64_t{48} << 20U;
  open(Behaviour::grow, options);
  request("/");
  run_until([this] {
    const auto workers = pool_->report().workers;
    return workers.size() == 2 && workers[0].state == WorkerState::draining;
  });
  EXPECT_TRUE(requesters_.front().invocation.active());
  EXPECT_THAT(log_, testing::ElementsAre(testing::HasSubstr("is being replaced")));
}

TEST_F(PoolLimitsTest, AWorkerPastItsHardLimitIsKilled) {
  PoolOptions options;
  options.memory_hard = std::uint64_t{48} << 20U;
  open(Behaviour::grow, options);
  Requester& requester = request("/");
  run_until_all_are_over();
  EXPECT_EQ(requester.failed, Failure::worker_died);
  run_until_logged("killed: memory limit");
}

}  // namespace
}  // namespace millrace::workers
