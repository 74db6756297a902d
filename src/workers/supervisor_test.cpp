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
  [[nodiscard]] bool retiring() const override { return to_be_replaced; }
  [[nodiscard]] std::optional<TimePoint> answer_due() const override { return due; }
  void drain() override { now_state = WorkerState::draining; }
  void kill(std::string_view reason) override {
    killed_because = reason;
    now_state = WorkerState::draining;
  }

  void become(WorkerState state, TimePoint now) {
    now_state = state;
    since = now;
    if (state == WorkerState::ready) ready_once = true;
  }

  WorkerState now_state = WorkerState::starting;
  bool ready_once = false;
  bool to_be_replaced = false;
  std::optional<TimePoint> due;
  TimePoint since;
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

  FakeSpawner spawner_;
  Supervisor supervisor_{SupervisorLimits{.size = 2}, spawner_};
  TimePoint now_{seconds(1000)};
};

TEST_F(SupervisorTest, StartsAsManyAsWantedAndLooksAgainWhenTheyAreDue) {
  const auto next = reconcile();
  EXPECT_EQ(spawner_.spawned, 2);
  EXPECT_EQ(next, now_ + seconds(30));
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

TEST_F(SupervisorTest, KillsWhatIsNotReadyInTime) {
  reconcile();
  spawner_.alive.back()->become(WorkerState::ready, now_);
  now_ += seconds(30);
  FakeWorker* late = spawner_.alive.front();
  reconcile();
  EXPECT_EQ(late->killed_because, "not ready in time");
  // Its successor does not wait until it is buried.
  EXPECT_EQ(spawner_.spawned, 3);
}

TEST_F(SupervisorTest, DrainsTheSurplusAndKillsWhatDoesNotEnd) {
  reconcile();
  for (FakeWorker* worker : spawner_.alive) worker->become(WorkerState::ready, now_);
  supervisor_.resize(0);
  reconcile();
  for (FakeWorker* worker : spawner_.alive) {
    EXPECT_EQ(worker->state(), WorkerState::draining);
    worker->become(WorkerState::draining, now_);
  }
  now_ += seconds(30);
  reconcile();
  for (FakeWorker* worker : spawner_.alive) {
    EXPECT_EQ(worker->killed_because, "not drained in time");
    worker->become(WorkerState::dead, now_);
  }
  reconcile();
  EXPECT_TRUE(supervisor_.empty());
  EXPECT_EQ(spawner_.spawned, 2);
}

TEST_F(SupervisorTest, TriesAgainLaterWhereTheSystemRefuses) {
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

TEST_F(SupervisorTest, KillsAReadyWorkerThatDoesNotAnswer) {
  static_cast<void>(reconcile());
  for (FakeWorker* worker : spawner_.alive) worker->become(WorkerState::ready, now_);
  FakeWorker& blocked = *spawner_.alive[0];
  blocked.due = now_ + seconds(10);
  EXPECT_EQ(reconcile(), now_ + seconds(10));
  now_ += seconds(10);
  static_cast<void>(reconcile());
  EXPECT_THAT(blocked.killed_because, testing::HasSubstr("blocked"));
  EXPECT_EQ(spawner_.alive[1]->now_state, WorkerState::ready);
  // Its successor does not wait for its end.
  EXPECT_EQ(spawner_.spawned, 3);
}

TEST_F(SupervisorTest, DrainsAWorkerThatRetiresWhenItsSuccessorIsReady) {
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

TEST_F(SupervisorTest, KeepsAWorkerThatRetiresWhileItsSuccessorsFail) {
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
