#include "workers/invocation_queue.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "workers/test_requester.hpp"

namespace millrace::workers {
namespace {

using std::chrono::seconds;

class InvocationQueueTest : public testing::Test {
 protected:
  net::Clock::time_point now_{seconds(1000)};
  InvocationQueue queue_{2};
  Requester first_;
  Requester second_;
};

TEST_F(InvocationQueueTest, ServesInTheOrderOfArrival) {
  queue_.add(first_.invocation, now_);
  queue_.add(second_.invocation, now_ + seconds(1));
  EXPECT_EQ(&queue_.front(), &first_.invocation);
  EXPECT_EQ(queue_.oldest(), now_);
  queue_.remove(first_.invocation);
  EXPECT_EQ(&queue_.front(), &second_.invocation);
  EXPECT_EQ(queue_.oldest(), now_ + seconds(1));
}

TEST_F(InvocationQueueTest, IsBounded) {
  queue_.add(first_.invocation, now_);
  EXPECT_FALSE(queue_.full());
  queue_.add(second_.invocation, now_);
  EXPECT_TRUE(queue_.full());
}

TEST_F(InvocationQueueTest, ARemovedInvocationMakesRoomAndGetsNoCall) {
  queue_.add(first_.invocation, now_);
  queue_.add(second_.invocation, now_);
  EXPECT_TRUE(first_.invocation.active());
  EXPECT_EQ(first_.invocation.body_credit(), 0U);
  first_.invocation.abort(link::AbortReason::client_gone);
  EXPECT_EQ(queue_.size(), 1U);
  EXPECT_FALSE(first_.invocation.active());
  EXPECT_FALSE(first_.over);
}

TEST_F(InvocationQueueTest, AnInvocationIsRemovedBeforeItFails) {
  queue_.add(first_.invocation, now_);
  first_.on_failure = [this] { EXPECT_TRUE(queue_.empty()); };
  queue_.fail(first_.invocation, Failure::unavailable);
  EXPECT_EQ(first_.failed, Failure::unavailable);
}

TEST_F(InvocationQueueTest, ADestroyedInvocationIsRemoved) {
  {
    Requester brief;
    queue_.add(brief.invocation, now_);
  }
  EXPECT_TRUE(queue_.empty());
}

}  // namespace
}  // namespace millrace::workers
