#include "workers/pool_monitor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "workers/test_workers.hpp"

namespace millrace::workers {
namespace {

using link::Kind;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Workers in this process whose monitor receives their events as from a pool; the test triggers
/// the checks.
class PoolMonitorTest : public WorkersFixture, protected PoolMonitor::Subject {
 protected:
  PoolMonitorTest() {
    load_.routes = std::make_shared<std::vector<RouteInfo>>(
        std::vector<RouteInfo>{{.path = "/a"}, {.path = "/b"}});
    quarantine_.restart(2);
  }

  [[nodiscard]] std::span<WorkerHandle* const> workers() const override { return all_; }
  [[nodiscard]] std::size_t queued() const override { return 0; }
  [[nodiscard]] const Load& newest() const override { return load_; }
  void reconsider() override { ++reconsidered_; }

  void on_worker_sample(WorkerHandle& worker) override { monitor_.on_sample(worker); }
  void on_worker_late(WorkerHandle& worker) override { monitor_.on_late(worker); }
  void on_worker_dead(WorkerHandle& worker) override { monitor_.on_dead(worker, now_); }

  void tick() {
    now_ += seconds(10);
    monitor_.tick(now_);
    turn();
  }

  /// Ends a worker with a request for that route in flight.
  void crash_with(std::uint32_t route) {
    WorkerHandle& worker = start_ready();
    request(worker, route);
    peers_.back().end();
    turn();
    all_.pop_back();
  }

  PoolOptions options_;
  Quarantine quarantine_;
  int reconsidered_ = 0;
  PoolMonitor monitor_{loop_, options_, quarantine_, static_cast<WorkerServices&>(*this),
                       static_cast<PoolMonitor::Subject&>(*this)};
};

TEST_F(PoolMonitorTest, SamplesReadyWorkers) {
  start_ready();
  start();
  tick();
  EXPECT_EQ(peers_[0].count(Kind::ping), 1U);
  EXPECT_EQ(peers_[1].count(Kind::ping), 0U);
  EXPECT_GT(reconsidered_, 0);
}

TEST_F(PoolMonitorTest, StopsWhenThePoolDrains) {
  WorkerHandle& worker = start_ready();
  monitor_.stop();
  tick();
  EXPECT_EQ(peers_[0].count(Kind::ping), 0U);
  worker.kill(metrics::WorkerEnd::drain_timeout, "not drained in time");
  turn();
  EXPECT_EQ(monitor_.deaths(), 0U);
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(PoolMonitorTest, KnowsWhetherThePoolWasUsedRecently) {
  EXPECT_FALSE(monitor_.used_lately());
  monitor_.used();
  EXPECT_TRUE(monitor_.used_lately());
  tick();
  EXPECT_TRUE(monitor_.used_lately());
  tick();
  EXPECT_FALSE(monitor_.used_lately());
}

TEST_F(PoolMonitorTest, ReplacesAWorkerPastItsMemoryLimit) {
  options_.memory = 1;
  const WorkerHandle& worker = start_ready();
  tick();
  EXPECT_TRUE(worker.marked_for_replacement());
  tick();
  EXPECT_THAT(log_, ElementsAre(AllOf(HasSubstr(" is being replaced: "),
                                      HasSubstr(" MB resident, more than 0 MB"))));
}

TEST_F(PoolMonitorTest, KillsAWorkerPastItsHardLimit) {
  options_.memory_hard = 1;
  options_.name = "big";
  const WorkerHandle& worker = start_ready();
  tick();
  EXPECT_EQ(worker.state(), WorkerState::dead);
  EXPECT_THAT(log_, ElementsAre(AllOf(HasSubstr(" of pool big ended: killed: memory limit: "),
                                      HasSubstr("; starting another"))));
}

TEST_F(PoolMonitorTest, ReplacesAWorkerBeforeItsStreamNumbersAreUsedUp) {
  const WorkerHandle& worker = start_ready({.first = protocol::kMaxStream - 5});
  tick();
  EXPECT_EQ(worker.replacement_reason(), "its stream numbers are nearly used up");
}

TEST_F(PoolMonitorTest, ReplacesAWorkerWhoseHeapIsNearlyFull) {
  options_.heap_limit = std::uint64_t{100} << 20U;
  const WorkerHandle& worker = start_ready();
  peers_[0].send(Kind::stats, 0, R"({"rss":1,"heap_used":80000000})");
  turn();
  EXPECT_FALSE(worker.marked_for_replacement());
  peers_[0].send(Kind::stats, 0, R"({"rss":1,"heap_used":99614720})");
  turn();
  EXPECT_EQ(worker.replacement_reason(), "its heap is nearly full, 95 MB of 100 MB");
}

TEST_F(PoolMonitorTest, RecordsTheCostOfEachKnownRouteOnce) {
  start_ready();
  peers_[0].send(Kind::stats, 0,
                 R"({"rss":1,"routes":[[1,1,3,70],[1,1,9,9],[1,2,1,1],[0,0,1,1]]})");
  turn();
  ASSERT_EQ(monitor_.accounts().size(), 1U);
  EXPECT_EQ(monitor_.accounts()[0].route, 1U);
  EXPECT_EQ(monitor_.accounts()[0].invocations, 3U);
  monitor_.restart();
  EXPECT_THAT(monitor_.accounts(), IsEmpty());
}

TEST_F(PoolMonitorTest, LogsALateWorkerThatIsKept) {
  WorkerHandle& worker = start_ready();
  worker.replace("blocked");
  EXPECT_THAT(log_,
              ElementsAre(HasSubstr(
                  " is being replaced: blocked; no other worker can serve, so it is killed when")));
}

TEST_F(PoolMonitorTest, LogsADeathWithCauseAndRequests) {
  crash_with(1);
  EXPECT_EQ(monitor_.deaths(), 1U);
  EXPECT_EQ(monitor_.last_death(), "exit code 0");
  EXPECT_THAT(log_, ElementsAre(AllOf(HasSubstr("ended: exit code 0; in flight: /b (request "),
                                      HasSubstr("-1); starting another"))));
}

TEST_F(PoolMonitorTest, ADrainedWorkerIsNotADeath) {
  WorkerHandle& worker = start_ready();
  worker.drain();
  peers_[0].end();
  turn();
  EXPECT_EQ(worker.state(), WorkerState::dead);
  EXPECT_EQ(monitor_.deaths(), 0U);
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(PoolMonitorTest, CountsWhatWorkersReport) {
  load_.routes = std::make_shared<std::vector<RouteInfo>>(
      std::vector<RouteInfo>{{.path = "/a", .label = 5}, {.path = "/b", .label = 6}});
  start_ready();
  const auto report = [this](double cpu_ms) {
    peers_[0].send(Kind::stats, 0,
                   R"({"rss":1,"loop_lag_ms":20,"cpu_ms":)" + std::to_string(cpu_ms) +
                       R"(,"routes":[[)" + std::to_string(load_.generation) + ",1,3,40]]}");
    turn();
  };
  report(100);
  report(150);
  const metrics::PoolMetrics& counted = *options_.metrics;
  EXPECT_EQ(counted.cpu_us(), 150'000U);
  EXPECT_EQ(counted.turns().count(), 2U);
  ASSERT_EQ(counted.costs().size(), 7U);
  EXPECT_EQ(counted.costs()[6].invocations, 6U);
  EXPECT_EQ(counted.costs()[6].cpu_us, 80U);
  // A hostile worker may report anything.
  report(1e300);
  report(0);
  EXPECT_LE(counted.cpu_us(), 2 * 86'400'000'000U);
}

TEST_F(PoolMonitorTest, ARouteThatWasInFlightInEachCrashIsPaused) {
  for (std::uint32_t i = 0; i < Quarantine::kCrashesToPause; ++i) crash_with(1);
  EXPECT_THAT(log_.back(), HasSubstr("/b is paused for "));
  EXPECT_FALSE(quarantine_.admits(1, now_));
  EXPECT_TRUE(quarantine_.admits(0, now_));
}

TEST_F(PoolMonitorTest, RoutesOfEarlierGenerationsAreNotPaused) {
  for (std::uint32_t i = 0; i < Quarantine::kCrashesToPause; ++i) {
    WorkerHandle& worker = start_ready();
    request(worker, 1).invocation.request.generation = 0;
    peers_.back().end();
    turn();
    all_.pop_back();
  }
  EXPECT_TRUE(quarantine_.admits(1, now_));
}

}  // namespace
}  // namespace millrace::workers
