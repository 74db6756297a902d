#include "workers/supervisor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::workers {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using TimePoint = net::Clock::time_point;

class FakeWorker final : public SupervisedWorker {
 public:
  explicit FakeWorker(TimePoint now) : since(now) {}

  [[nodiscard]] WorkerState state() const override { return now_state; }
  [[nodiscard]] bool was_ready() const override { return ready_once; }
  [[nodiscard]] TimePoint state_since() const override { return since; }
  [[nodiscard]] bool marked_for_replacement() const override { return to_be_replaced; }
  [[nodiscard]] std::optional<Overrun> overrun(TimePoint /*now*/, Allowance allowance) override {
    allowed = allowance;
    return late;
  }
  [[nodiscard]] std::optional<TimePoint> next_check() const override { return look; }
  void replace(std::string reason) override {
    replaced_because = std::move(reason);
    to_be_replaced = true;
  }
  void drain() override { now_state = WorkerState::draining; }
  void kill(metrics::WorkerEnd /*why*/, std::string_view reason) override {
    killed_because = reason;
    now_state = WorkerState::draining;
    late.reset();
  }

  void become(WorkerState state, TimePoint now) {
    now_state = state;
    since = now;
    if (state == WorkerState::ready) ready_once = true;
  }

  WorkerState now_state = WorkerState::starting;
  bool ready_once = false;
  bool to_be_replaced = false;
  std::optional<Overrun> late;
  std::optional<TimePoint> look;
  Allowance allowed;
  TimePoint since;
  std::string replaced_because;
  std::string killed_because;
};

class FakeSpawner final : public Spawner {
 public:
  std::unique_ptr<SupervisedWorker> spawn() override {
    if (refuse) return nullptr;
    auto worker = std::make_unique<FakeWorker>(now);
    alive.push_back(worker.get());
    ++spawned;
    return worker;
  }
  void forget(SupervisedWorker& worker) override { std::erase(alive, &worker); }

  bool refuse = false;
  int spawned = 0;
  TimePoint now;
  std::vector<FakeWorker*> alive;
};

class SupervisorTest : public testing::Test {
 protected:
  std::optional<TimePoint> reconcile() {
    spawner_.now = now_;
    return supervisor_.reconcile(now_);
  }

  /// Starts the workers and makes them ready.
  void open(std::size_t workers) {
    supervisor_.resize(workers);
    static_cast<void>(reconcile());
    for (FakeWorker* worker : spawner_.alive) worker->become(WorkerState::ready, now_);
  }

  FakeSpawner spawner_;
  Supervisor supervisor_{SupervisorLimits{.size = 2}, spawner_};
  TimePoint now_{seconds(1000)};
};

Overrun past(Overrun::Limit limit, bool far = false) {
  return {.limit = limit, .reason = "past its limit", .far = far};
}

TEST_F(SupervisorTest, StartsTheWantedNumberAndLooksAgainWhenTheyAreDue) {
  static_cast<void>(reconcile());
  ASSERT_EQ(spawner_.spawned, 2);
  spawner_.alive[0]->look = now_ + seconds(2);
  spawner_.alive[1]->look = now_ + seconds(1);
  EXPECT_EQ(reconcile(), now_ + seconds(1));
  for (FakeWorker* worker : spawner_.alive) worker->look.reset();
  for (FakeWorker* worker : spawner_.alive) worker->become(WorkerState::ready, now_);
  EXPECT_EQ(reconcile(), std::nullopt);
  EXPECT_EQ(spawner_.spawned, 2);
  EXPECT_EQ(supervisor_.count(WorkerState::ready), 2U);
}

TEST_F(SupervisorTest, ReplacesAWorkerThatWasReadyAtOnce) {
  reconcile();
  for (FakeWorker* worker : spawner_.alive) worker->become(WorkerState::ready, now_);
  reconcile();
  spawner_.alive.front()->become(WorkerState::dead, now_);
  reconcile();
  EXPECT_EQ(spawner_.spawned, 3);
  EXPECT_EQ(spawner_.alive.size(), 2U);
}

TEST_F(SupervisorTest, WaitsLongerAfterEachStartThatFails) {
  supervisor_.resize(1);
  milliseconds expected{100};
  for (int failures = 1; failures <= 8; ++failures) {
    reconcile();
    ASSERT_EQ(spawner_.spawned, failures);
    spawner_.alive.front()->become(WorkerState::dead, now_);
    const auto next = reconcile();
    EXPECT_EQ(spawner_.spawned, failures);
    EXPECT_EQ(supervisor_.failed_starts(), static_cast<std::uint32_t>(failures));
    ASSERT_EQ(next, now_ + std::min(expected, milliseconds(5000)));
    now_ = *next;
    expected *= 2;
  }
  reconcile();
  spawner_.alive.front()->become(WorkerState::ready, now_);
  reconcile();
  EXPECT_EQ(supervisor_.failed_starts(), 0U);
}

TEST_F(SupervisorTest, KillsAWorkerThatIsNotReadyInTime) {
  reconcile();
  spawner_.alive.back()->become(WorkerState::ready, now_);
  FakeWorker* late = spawner_.alive.front();
  late->late = past(Overrun::Limit::start);
  reconcile();
  EXPECT_EQ(late->killed_because, "past its limit");
  // Its successor starts before it is reaped.
  EXPECT_EQ(spawner_.spawned, 3);
}

TEST_F(SupervisorTest, EndlessStartsFailEvenIfTheFactorDecreasesInBetween) {
  supervisor_.resize(1);
  for (int starts = 0; starts < 5; ++starts) {
    static_cast<void>(reconcile());
    FakeWorker& waits = *spawner_.alive.back();
    // Much longer than the factor takes to decrease.
    now_ += std::chrono::hours(2);
    waits.late = past(Overrun::Limit::start);
    static_cast<void>(reconcile());
    waits.become(WorkerState::dead, now_);
    static_cast<void>(reconcile());
    now_ += seconds(10);
  }
  EXPECT_EQ(supervisor_.failed_starts(), 2U);
}

TEST_F(SupervisorTest, ASlowStartIsNotAFailureUntilTheLimitIsAtItsMaximum) {
  supervisor_.resize(1);
  for (const unsigned factor : {1U, 2U, 4U}) {
    static_cast<void>(reconcile());
    FakeWorker& slow = *spawner_.alive.back();
    static_cast<void>(reconcile());
    EXPECT_EQ(slow.allowed.start, factor);
    EXPECT_EQ(slow.allowed.blocked, 1U);
    slow.late = past(Overrun::Limit::start);
    static_cast<void>(reconcile());
    slow.become(WorkerState::dead, now_);
    static_cast<void>(reconcile());
    EXPECT_EQ(supervisor_.failed_starts(), 0U);
  }
  FakeWorker& last = *spawner_.alive.back();
  static_cast<void>(reconcile());
  EXPECT_EQ(last.allowed.start, LimitFactor::kMost);
  last.late = past(Overrun::Limit::start);
  static_cast<void>(reconcile());
  last.become(WorkerState::dead, now_);
  static_cast<void>(reconcile());
  EXPECT_EQ(supervisor_.failed_starts(), 1U);
}

TEST_F(SupervisorTest, DrainsSurplusWorkersAndKillsThoseThatDoNotEnd) {
  reconcile();
  for (FakeWorker* worker : spawner_.alive) worker->become(WorkerState::ready, now_);
  supervisor_.resize(0);
  reconcile();
  for (FakeWorker* worker : spawner_.alive) {
    EXPECT_EQ(worker->state(), WorkerState::draining);
    worker->late = past(Overrun::Limit::drain);
  }
  reconcile();
  for (FakeWorker* worker : spawner_.alive) {
    EXPECT_EQ(worker->killed_because, "past its limit");
    worker->become(WorkerState::dead, now_);
  }
  reconcile();
  EXPECT_TRUE(supervisor_.empty());
  EXPECT_EQ(spawner_.spawned, 2);
}

TEST_F(SupervisorTest, RetriesLaterIfTheSystemRefuses) {
  spawner_.refuse = true;
  EXPECT_EQ(reconcile(), now_ + milliseconds(100));
  now_ += milliseconds(100);
  EXPECT_EQ(reconcile(), now_ + milliseconds(200));
  EXPECT_EQ(supervisor_.failed_starts(), 2U);
  spawner_.refuse = false;
  reconcile();
  EXPECT_EQ(spawner_.spawned, 0);
  now_ += milliseconds(200);
  reconcile();
  EXPECT_EQ(spawner_.spawned, 2);
}

TEST_F(SupervisorTest, KillsABlockedWorkerAtOnceIfAnotherServes) {
  open(2);
  FakeWorker& blocked = *spawner_.alive[0];
  blocked.late = past(Overrun::Limit::blocked);
  static_cast<void>(reconcile());
  EXPECT_EQ(blocked.killed_because, "past its limit");
  EXPECT_EQ(spawner_.alive[1]->now_state, WorkerState::ready);
  // Its successor starts before it has ended.
  EXPECT_EQ(spawner_.spawned, 3);
}

TEST_F(SupervisorTest, DoesNotKillTheLastWorkerBeforeAnotherIsReady) {
  open(1);
  FakeWorker& blocked = *spawner_.alive[0];
  blocked.late = past(Overrun::Limit::blocked);
  static_cast<void>(reconcile());
  EXPECT_EQ(blocked.now_state, WorkerState::ready);
  EXPECT_EQ(blocked.replaced_because, "past its limit");
  // In addition to the number to keep.
  ASSERT_EQ(spawner_.spawned, 2);
  static_cast<void>(reconcile());
  EXPECT_EQ(blocked.now_state, WorkerState::ready);
  EXPECT_EQ(spawner_.spawned, 2);
  spawner_.alive[1]->become(WorkerState::ready, now_);
  static_cast<void>(reconcile());
  // Judged by the limit that it first exceeded, not a larger one.
  EXPECT_EQ(blocked.allowed.blocked, 1U);
  EXPECT_EQ(blocked.killed_because, "past its limit");
  EXPECT_EQ(spawner_.spawned, 2);
}

TEST_F(SupervisorTest, NeitherOfTwoBlockedWorkersIsKilledBeforeAnotherIsReady) {
  open(2);
  for (FakeWorker* worker : spawner_.alive) worker->late = past(Overrun::Limit::blocked);
  static_cast<void>(reconcile());
  EXPECT_EQ(supervisor_.count(WorkerState::ready), 2U);
  ASSERT_EQ(spawner_.spawned, 4);
  spawner_.alive[2]->become(WorkerState::ready, now_);
  static_cast<void>(reconcile());
  EXPECT_EQ(supervisor_.count(WorkerState::ready), 1U);
}

TEST_F(SupervisorTest, ALastWorkerFarPastItsLimitIsKilled) {
  open(1);
  spawner_.alive[0]->late = past(Overrun::Limit::blocked, true);
  static_cast<void>(reconcile());
  EXPECT_EQ(spawner_.alive[0]->killed_because, "past its limit");
}

TEST_F(SupervisorTest, ALastWorkerThatRecoversIsDrainedWhenAnotherIsReady) {
  open(1);
  FakeWorker& slow = *spawner_.alive[0];
  slow.late = past(Overrun::Limit::blocked);
  static_cast<void>(reconcile());
  slow.late.reset();
  spawner_.alive[1]->become(WorkerState::ready, now_);
  static_cast<void>(reconcile());
  EXPECT_EQ(slow.now_state, WorkerState::draining);
  EXPECT_EQ(slow.killed_because, "");
}

TEST_F(SupervisorTest, BlockedWorkersGetMoreTimeAfterEachThatWasKilled) {
  open(2);
  for (const unsigned factor : {1U, 2U, 4U, 8U, 8U}) {
    FakeWorker& blocked = *spawner_.alive[0];
    static_cast<void>(reconcile());
    EXPECT_EQ(blocked.allowed.blocked, factor);
    EXPECT_EQ(blocked.allowed.start, 1U);
    blocked.late = past(Overrun::Limit::blocked);
    static_cast<void>(reconcile());
    blocked.become(WorkerState::dead, now_);
    spawner_.alive.back()->become(WorkerState::ready, now_);
    static_cast<void>(reconcile());
  }
  now_ += 10 * LimitFactor::kHalvingPeriod;
  static_cast<void>(reconcile());
  EXPECT_EQ(spawner_.alive[0]->allowed.blocked, 1U);
}

TEST_F(SupervisorTest, OverrunsAfterADeadlineDoNotExtendTheLimit) {
  open(2);
  spawner_.alive[0]->late = past(Overrun::Limit::deadline);
  static_cast<void>(reconcile());
  EXPECT_EQ(spawner_.alive[0]->killed_because, "past its limit");
  static_cast<void>(reconcile());
  EXPECT_EQ(spawner_.alive[1]->allowed.blocked, 1U);
}

TEST_F(SupervisorTest, DrainsAReplacedWorkerWhenItsSuccessorIsReady) {
  static_cast<void>(reconcile());
  for (FakeWorker* worker : spawner_.alive) worker->become(WorkerState::ready, now_);
  FakeWorker& old = *spawner_.alive[0];
  old.to_be_replaced = true;
  static_cast<void>(reconcile());
  EXPECT_EQ(spawner_.spawned, 3);
  EXPECT_EQ(old.now_state, WorkerState::ready);
  spawner_.alive[2]->become(WorkerState::ready, now_);
  static_cast<void>(reconcile());
  EXPECT_EQ(old.now_state, WorkerState::draining);
  EXPECT_EQ(spawner_.alive[1]->now_state, WorkerState::ready);
  EXPECT_EQ(spawner_.spawned, 3);
}

TEST_F(SupervisorTest, KeepsAReplacedWorkerWhileItsSuccessorsFail) {
  static_cast<void>(reconcile());
  for (FakeWorker* worker : spawner_.alive) worker->become(WorkerState::ready, now_);
  FakeWorker& old = *spawner_.alive[0];
  old.to_be_replaced = true;
  static_cast<void>(reconcile());
  spawner_.alive[2]->become(WorkerState::dead, now_);
  static_cast<void>(reconcile());
  EXPECT_EQ(old.now_state, WorkerState::ready);
}

}  // namespace
}  // namespace millrace::workers
