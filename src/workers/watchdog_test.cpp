#include "workers/watchdog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <vector>

namespace millrace::workers {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using Limit = Overrun::Limit;

constexpr WorkLimits kLimits{
    .blocked = seconds(10), .start = seconds(60), .drain = seconds(30), .held = milliseconds(0)};

/// A worker with one thread, whose time the test controls.
class WatchdogTest : public testing::Test, protected Watchdog::Subject {
 protected:
  [[nodiscard]] WorkerState state() const override { return state_; }
  [[nodiscard]] bool accountable() const override { return accountable_; }
  [[nodiscard]] Activity activity() const override { return activity_; }
  [[nodiscard]] std::vector<ThreadReading> threads() const override { return {thread_}; }
  [[nodiscard]] LinkProgress link_progress() const override { return link_; }

  void limit(const WorkLimits& limits) {
    watchdog_.emplace(static_cast<Watchdog::Subject&>(*this), limits);
  }

  std::optional<Overrun> look() { return watchdog_->overrun(now_, allowance_); }

  /// The worker uses CPU for that long, and is looked at as often as required. Returns the last
  /// overrun.
  std::optional<Overrun> works_for(milliseconds time) { return passes(time, true); }
  std::optional<Overrun> sleeps_for(milliseconds time) { return passes(time, false); }

  std::optional<Overrun> passes(milliseconds time, bool works) {
    constexpr milliseconds kStep{100};
    std::optional<Overrun> found = look();
    thread_.state = works ? ThreadReading::State::runnable : ThreadReading::State::asleep;
    for (milliseconds passed{0}; passed < time; passed += kStep) {
      now_ += kStep;
      if (works) thread_.used += kStep;
      found = look();
    }
    return found;
  }

  void ping() { ping_ = watchdog_->pinged(now_); }

  net::Clock::time_point now_{seconds(1000)};
  WorkerState state_ = WorkerState::ready;
  bool accountable_ = true;
  Activity activity_ = Activity::serving;
  ThreadReading thread_{.id = 1,
                        .state = ThreadReading::State::asleep,
                        .used = nanoseconds(0),
                        .waited = nanoseconds(0)};
  LinkProgress link_;
  Allowance allowance_;
  std::uint64_t ping_ = 0;
  std::optional<Watchdog> watchdog_{std::in_place, static_cast<Watchdog::Subject&>(*this), kLimits};
};

TEST_F(WatchdogTest, AReadyWorkerWithoutAPingIsNotMeasured) {
  EXPECT_FALSE(works_for(seconds(100)));
  EXPECT_EQ(watchdog_->next_check(now_), std::nullopt);
}

TEST_F(WatchdogTest, AWorkerWhoseLoopDoesNotTurnIsLateByItsCpuTime) {
  ping();
  EXPECT_FALSE(works_for(milliseconds(9'800)));
  const auto found = works_for(milliseconds(400));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->limit, Limit::blocked);
  EXPECT_THAT(found->reason, HasSubstr("blocked: its event loop did not turn while it used 10."));
  EXPECT_THAT(found->reason, HasSubstr("s of CPU (limit 10.0 s)"));
  EXPECT_FALSE(found->far);
}

TEST_F(WatchdogTest, AWorkerThatSleepsIsLateAfterSixTimesTheLimit) {
  ping();
  EXPECT_FALSE(sleeps_for(seconds(59)));
  const auto found = sleeps_for(seconds(2));
  ASSERT_TRUE(found);
  EXPECT_THAT(found->reason, HasSubstr("did nothing for 60."));
  EXPECT_THAT(found->reason, HasSubstr("(limit 60.0 s)"));
}

TEST_F(WatchdogTest, ItIsFarPastALimitAtFourTimesAsMuch) {
  ping();
  const auto found = works_for(seconds(41));
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->far);
}

TEST_F(WatchdogTest, AnAllowanceExtendsTheLimit) {
  allowance_.blocked = 4;
  ping();
  EXPECT_FALSE(works_for(seconds(39)));
  EXPECT_TRUE(works_for(seconds(2)));
}

TEST_F(WatchdogTest, AFrameEndsTheWait) {
  ping();
  static_cast<void>(works_for(seconds(9)));
  EXPECT_FALSE(watchdog_->frame_received());
  EXPECT_FALSE(watchdog_->awaits_pong());
  ping();
  EXPECT_FALSE(works_for(seconds(9)));
}

TEST_F(WatchdogTest, AWorkerThatReadsIsNotBlocked) {
  ping();
  watchdog_->frames_read();
  EXPECT_FALSE(watchdog_->awaits_pong());
}

TEST_F(WatchdogTest, AnUnaccountableWorkerIsNeverLate) {
  accountable_ = false;
  ping();
  EXPECT_FALSE(works_for(seconds(100)));
  EXPECT_EQ(watchdog_->next_check(now_), std::nullopt);
}

TEST_F(WatchdogTest, AStartHasALimitOfItsOwn) {
  state_ = WorkerState::starting;
  EXPECT_FALSE(works_for(seconds(59)));
  const auto found = works_for(seconds(2));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->limit, Limit::start);
  EXPECT_THAT(found->reason, HasSubstr("not ready in time: it used 60."));
}

TEST_F(WatchdogTest, LoadingModulesHasTheLimitOfAStart) {
  for (const Activity activity : {Activity::loading_modules, Activity::writing_snapshot}) {
    limit(kLimits);
    activity_ = activity;
    ping();
    EXPECT_FALSE(works_for(seconds(59)));
    const auto found = works_for(seconds(2));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->limit, Limit::start);
    EXPECT_THAT(found->reason, HasSubstr("did not turn while it loaded modules and used 60."));
  }
}

TEST_F(WatchdogTest, ADrainCountsSleepToo) {
  state_ = WorkerState::draining;
  static_cast<void>(works_for(seconds(10)));
  EXPECT_FALSE(sleeps_for(seconds(19)));
  const auto found = sleeps_for(seconds(2));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->limit, Limit::drain);
  EXPECT_THAT(found->reason, HasSubstr("not drained in time: it took 30."));
}

TEST_F(WatchdogTest, ANewStateRestartsTheMeasurement) {
  state_ = WorkerState::starting;
  static_cast<void>(works_for(seconds(50)));
  state_ = WorkerState::draining;
  watchdog_->restart();
  EXPECT_FALSE(works_for(seconds(29)));
}

TEST_F(WatchdogTest, AfterADeadlineOnlyThePongToTheFollowingPingCounts) {
  ping();
  const auto ping = watchdog_->deadline_passed(now_);
  ASSERT_TRUE(ping);
  EXPECT_EQ(watchdog_->deadline_passed(now_), std::nullopt);
  // Frames of other threads, and the pong to the previous ping.
  static_cast<void>(watchdog_->frame_received());
  EXPECT_TRUE(watchdog_->ponged(ping_, now_));
  const auto found = works_for(seconds(2));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->limit, Limit::deadline);
  EXPECT_THAT(found->reason, HasSubstr("(limit 1.0 s)"));
  EXPECT_TRUE(watchdog_->ponged(*ping, now_));
  static_cast<void>(watchdog_->frame_received());
  EXPECT_FALSE(works_for(seconds(2)));
}

TEST_F(WatchdogTest, ADeadlineOfAWorkerThatIsNotReadySendsNoPing) {
  state_ = WorkerState::draining;
  EXPECT_EQ(watchdog_->deadline_passed(now_), std::nullopt);
}

TEST_F(WatchdogTest, BytesThatArrivedBeforeItWasLateAreReadFirst) {
  ping();
  link_ = {.read = 10, .arrived = 20};
  EXPECT_FALSE(works_for(seconds(11)));
  link_.read = 19;
  EXPECT_FALSE(works_for(milliseconds(100)));
  // Bytes that arrived later do not count.
  link_ = {.read = 20, .arrived = 500};
  EXPECT_TRUE(works_for(milliseconds(100)));
}

TEST_F(WatchdogTest, AClosedLinkIsNotWaitedFor) {
  ping();
  link_ = {.read = 10, .arrived = 20, .closed = true};
  EXPECT_TRUE(works_for(seconds(11)));
}

TEST_F(WatchdogTest, AWorkerWhoseFramesArePausedIsAliveAsLongAsItReads) {
  ping();
  link_.read_by_worker = 1;
  EXPECT_FALSE(works_for(milliseconds(10'000)));
  link_.read_by_worker = 2;
  EXPECT_FALSE(works_for(milliseconds(10'100)));
  // This no longer applies.
  EXPECT_TRUE(works_for(milliseconds(10'100)));
}

TEST_F(WatchdogTest, IsHeldIfItsLoopDoesNotTurnForAWhile) {
  WorkLimits limits = kLimits;
  limits.held = milliseconds(500);
  limit(limits);
  ping();
  static_cast<void>(sleeps_for(milliseconds(400)));
  EXPECT_FALSE(watchdog_->held());
  static_cast<void>(sleeps_for(milliseconds(200)));
  EXPECT_TRUE(watchdog_->held());
  activity_ = Activity::loading_modules;
  EXPECT_FALSE(watchdog_->held());
}

TEST_F(WatchdogTest, WithoutALimitItIsHeldButNeverLate) {
  WorkLimits limits = kLimits;
  limits.blocked = milliseconds(0);
  limits.held = milliseconds(500);
  limit(limits);
  ping();
  EXPECT_FALSE(works_for(seconds(1000)));
  EXPECT_TRUE(watchdog_->held());
}

TEST_F(WatchdogTest, ReturnsWhenToLookAgain) {
  state_ = WorkerState::starting;
  const auto since = now_ - seconds(5);
  EXPECT_EQ(watchdog_->next_check(since), since);
  static_cast<void>(look());
  EXPECT_EQ(watchdog_->next_check(since), now_ + milliseconds(250));
}

TEST_F(WatchdogTest, MeasuresTheLatencyOfAPong) {
  EXPECT_FALSE(watchdog_->ponged(1, now_)) << "no ping was sent";
  ping();
  EXPECT_FALSE(watchdog_->pong_overdue(now_));
  now_ += milliseconds(30);
  EXPECT_TRUE(watchdog_->pong_overdue(now_));
  EXPECT_EQ(watchdog_->pulse(now_), Pulse::State::unresponsive);
  EXPECT_TRUE(watchdog_->ponged(ping_, now_));
  EXPECT_EQ(watchdog_->lag(), milliseconds(30));
  EXPECT_TRUE(watchdog_->frame_received()) << "it responds again";
}

}  // namespace
}  // namespace millrace::workers
