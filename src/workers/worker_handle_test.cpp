#include "workers/worker_handle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>

#include "workers/test_workers.hpp"

namespace millrace::workers {
namespace {

using link::Kind;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class WorkerHandleTest : public WorkersFixture {};

TEST_F(WorkerHandleTest, IsStartingUntilItHasLoadedItsRoutes) {
  WorkerHandle& worker = start();
  peers_[0].send_hello();
  turn();
  EXPECT_EQ(worker.state(), WorkerState::starting);
  EXPECT_FALSE(worker.was_ready());
  peers_[0].send_ready(1);
  turn();
  EXPECT_EQ(worker.state(), WorkerState::ready);
  EXPECT_TRUE(worker.was_ready());
  EXPECT_THAT(events_, ElementsAre("ready 1"));
  EXPECT_EQ(worker.pid(), ::getpid());
}

TEST_F(WorkerHandleTest, ServesTheGenerationsThatItHasLoaded) {
  load_.generation = 4;
  WorkerHandle& worker = start_ready();
  EXPECT_FALSE(worker.serves(3));
  EXPECT_TRUE(worker.serves(4));
  load_.generation = 6;
  worker.load(load_);
  EXPECT_FALSE(worker.serves(6));
  peers_[0].send_ready(6);
  turn();
  EXPECT_TRUE(worker.serves(4));
  EXPECT_TRUE(worker.serves(6));
  worker.drain();
  EXPECT_FALSE(worker.serves(6));
}

TEST_F(WorkerHandleTest, ReportsThatItsRoutesCannotBeLoaded) {
  WorkerHandle& worker = start();
  peers_[0].send_hello();
  peers_[0].send(Kind::ready, 0, R"({"generation":1,"error":"why"})");
  turn();
  EXPECT_THAT(events_, ElementsAre("failed 1 why"));
  EXPECT_EQ(worker.state(), WorkerState::starting);
}

TEST_F(WorkerHandleTest, ADrainedWorkerFinishesAndEnds) {
  WorkerHandle& worker = start_ready();
  const Requester& requester = request(worker);
  worker.drain();
  EXPECT_EQ(worker.state(), WorkerState::draining);
  turn();
  EXPECT_EQ(peers_[0].count(Kind::drain), 1U);
  peers_[0].respond(1, "finished", true);
  turn();
  EXPECT_EQ(requester.body, "finished");
  peers_[0].end();
  turn();
  EXPECT_EQ(worker.state(), WorkerState::dead);
  EXPECT_TRUE(worker.crash_report().ended_as_asked());
  EXPECT_THAT(events_, ElementsAre("ready 1", "responded 0", "dead exit code 0"));
}

TEST_F(WorkerHandleTest, IsDrainedOnce) {
  WorkerHandle& worker = start_ready();
  worker.drain();
  worker.drain();
  turn();
  EXPECT_EQ(peers_[0].count(Kind::drain), 1U);
}

TEST_F(WorkerHandleTest, AKilledWorkerFailsItsInvocationsAndReportsWhy) {
  WorkerHandle& worker = start_ready();
  const Requester& requester = request(worker, 7);
  worker.kill(metrics::WorkerEnd::memory_limit, "too large");
  // A worker does not become dead inside a call of its own.
  EXPECT_EQ(worker.state(), WorkerState::draining);
  EXPECT_FALSE(requester.over);
  turn();
  EXPECT_EQ(requester.failed, Failure::worker_died);
  EXPECT_THAT(events_, ElementsAre("ready 1", "dead killed: too large"));
  EXPECT_FALSE(worker.crash_report().ended_as_asked());
  EXPECT_THAT(worker.crash_report().suspects(1), ElementsAre(7U));
}

TEST_F(WorkerHandleTest, AWorkerThatViolatesTheProtocolDies) {
  WorkerHandle& worker = start_ready();
  const Requester& requester = request(worker);
  peers_[0].send(Kind::invoke, 1, "", true);
  turn();
  EXPECT_EQ(requester.failed, Failure::worker_died);
  EXPECT_EQ(worker.state(), WorkerState::dead);
  EXPECT_THAT(events_, Contains("dead killed: broke the link protocol"));
}

TEST_F(WorkerHandleTest, AWorkerThatEndsByItselfIsDead) {
  WorkerHandle& worker = start_ready();
  const Requester& requester = request(worker);
  peers_[0].end();
  turn();
  EXPECT_EQ(requester.failed, Failure::worker_died);
  EXPECT_EQ(worker.state(), WorkerState::dead);
  EXPECT_FALSE(worker.crash_report().ended_as_asked());
}

TEST_F(WorkerHandleTest, ADeathIsReportedOnce) {
  WorkerHandle& worker = start_ready();
  worker.kill(metrics::WorkerEnd::memory_limit, "one reason");
  worker.kill(metrics::WorkerEnd::memory_limit, "another");
  peers_[0].end();
  turn();
  EXPECT_THAT(events_, ElementsAre("ready 1", "dead killed: one reason"));
}

TEST_F(WorkerHandleTest, IsMarkedForReplacementIfItIsLate) {
  WorkerHandle& worker = start_ready();
  EXPECT_FALSE(worker.marked_for_replacement());
  worker.replace("blocked");
  EXPECT_TRUE(worker.marked_for_replacement());
  EXPECT_EQ(worker.state(), WorkerState::ready);
  EXPECT_THAT(events_, Contains("late blocked"));
}

TEST_F(WorkerHandleTest, OnlyAReadyWorkerIsPingedAndWritesSnapshots) {
  WorkerHandle& worker = start();
  peers_[0].send_hello();
  turn();
  worker.ping(net::Clock::now(), true);
  worker.snapshot("/tmp/a");
  turn();
  EXPECT_EQ(peers_[0].count(Kind::ping) + peers_[0].count(Kind::snapshot), 0U);
  peers_[0].send_ready(1);
  turn();
  worker.ping(net::Clock::now(), true);
  worker.snapshot("/tmp/a");
  turn();
  EXPECT_EQ(peers_[0].count(Kind::ping), 1U);
  EXPECT_EQ(peers_[0].count(Kind::snapshot), 1U);
}

TEST_F(WorkerHandleTest, AWorkerInThisProcessIsNeverLate) {
  limits_.start = std::chrono::milliseconds(1);
  WorkerHandle& worker = start();
  EXPECT_EQ(worker.overrun(net::Clock::now() + std::chrono::hours(1), {}), std::nullopt);
  EXPECT_EQ(worker.next_check(), std::nullopt);
}

TEST_F(WorkerHandleTest, RoomIsReportedWhileItServes) {
  WorkerHandle& worker = start_ready();
  Requester& one = request(worker);
  Requester& two = request(worker);
  freed_ = 0;
  one.invocation.abort(link::AbortReason::client_gone);
  EXPECT_EQ(freed_, 1);
  worker.drain();
  two.invocation.abort(link::AbortReason::client_gone);
  EXPECT_EQ(freed_, 1);
}

TEST_F(WorkerHandleTest, InvocationsFailWhenTheHandleIsDestroyed) {
  WorkerHandle& worker = start_ready();
  const Requester& requester = request(worker);
  events_.clear();
  workers_.clear();
  EXPECT_EQ(requester.failed, Failure::worker_died);
  turn();
  EXPECT_THAT(events_, IsEmpty());
}

}  // namespace
}  // namespace millrace::workers
