#include "workers/worker_choice.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "workers/test_workers.hpp"

namespace millrace::workers {
namespace {

using link::Kind;
using std::chrono::milliseconds;

class WorkerChoiceTest : public WorkersFixture {
 protected:
  [[nodiscard]] WorkerHandle* choose(std::uint32_t route = 0) {
    link::InvokeView request;
    request.generation = 1;
    request.route = route;
    return choose_worker(all_, options_, request, now_);
  }

  PoolOptions options_;
};

TEST_F(WorkerChoiceTest, ChoosesNoneBeforeOneIsReady) {
  start();
  EXPECT_EQ(choose(), nullptr);
}

TEST_F(WorkerChoiceTest, ChoosesTheOneWithTheFewestWorkingInvocations) {
  WorkerHandle& one = start_ready();
  WorkerHandle& two = start_ready();
  EXPECT_EQ(choose(), &one);
  request(one);
  EXPECT_EQ(choose(), &two);
  request(two);
  request(two);
  EXPECT_EQ(choose(), &one);
}

TEST_F(WorkerChoiceTest, ThenChoosesTheOneWithTheFewestStreamingResponses) {
  WorkerHandle& one = start_ready();
  WorkerHandle& two = start_ready();
  request(one);
  peers_[0].respond(1, "begun", false);
  turn();
  EXPECT_EQ(choose(), &two);
  request(two);
  EXPECT_EQ(choose(), &one);
}

TEST_F(WorkerChoiceTest, ChoosesNoFullWorker) {
  options_.concurrency = 1;
  WorkerHandle& one = start_ready();
  request(one);
  EXPECT_EQ(choose(), nullptr);
}

TEST_F(WorkerChoiceTest, ChoosesNoneWithoutStreamNumbers) {
  WorkerHandle& one = start_ready({.first = protocol::kMaxStream});
  EXPECT_EQ(choose(), &one);
  request(one);
  EXPECT_EQ(choose(), nullptr);
}

TEST_F(WorkerChoiceTest, ChoosesOneMarkedForReplacementOnlyIfThereIsNoOther) {
  WorkerHandle& old = start_ready();
  old.mark_for_replacement("too large");
  EXPECT_EQ(choose(), &old);
  WorkerHandle& successor = start_ready();
  request(successor);
  EXPECT_EQ(choose(), &successor);
}

TEST_F(WorkerChoiceTest, PrefersAListeningWorkerForRequestsWithoutARoute) {
  WorkerHandle& one = start_ready();
  WorkerHandle& two = start_ready();
  peers_[1].send(Kind::listening, 0, std::string_view("\1", 1));
  turn();
  request(two);
  EXPECT_EQ(choose(protocol::kNoRoute), &two);
  EXPECT_EQ(choose(), &one);
}

TEST_F(WorkerChoiceTest, ASilentWorkerIsPingedAndThenAvoided) {
  WorkerHandle& one = start_ready();
  request(one);
  now_ += milliseconds(500);
  EXPECT_EQ(choose(), &one);
  turn();
  EXPECT_EQ(peers_[0].count(Kind::ping), 1U);
  now_ += milliseconds(500);
  EXPECT_EQ(choose(), nullptr);
  // It responds again.
  peers_[0].send(Kind::log, 0, "\2here");
  turn();
  EXPECT_EQ(choose(), &one);
}

TEST_F(WorkerChoiceTest, PrefersAWorkerThatRespondsToASilentOne) {
  WorkerHandle& silent = start_ready();
  WorkerHandle& lively = start_ready();
  request(silent);
  now_ += milliseconds(500);
  request(lively);
  peers_[1].send(Kind::log, 0, "\2here");
  turn();
  request(lively);
  EXPECT_EQ(choose(), &lively);
}

TEST_F(WorkerChoiceTest, WithOneServingAllGoToTheFirst) {
  options_.serving = Serving::one;
  WorkerHandle& one = start_ready();
  WorkerHandle& two = start_ready();
  request(one);
  EXPECT_EQ(choose(), &one);
  options_.concurrency = 1;
  EXPECT_EQ(choose(), nullptr);
  one.mark_for_replacement("too large");
  EXPECT_EQ(choose(), &two);
  EXPECT_FALSE(needs_stand_in(all_, options_));
}

}  // namespace
}  // namespace millrace::workers
