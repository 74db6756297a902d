#include "workers/spent_time.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace millrace::workers {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = ThreadReading::State;

/// A worker whose clocks the test controls.
class SpentTimeTest : public testing::Test {
 protected:
  struct Passed {
    milliseconds used{0};
    milliseconds waited{0};
  };

  void begin() { spent_.begin(now_, threads_); }

  /// Lets `wall` pass, in which the thread does what `passed` says; then updates the measurement in `state`.
  void pass(milliseconds wall, State state, Passed passed, std::size_t thread = 0) {
    now_ += wall;
    threads_[thread].used += passed.used;
    if (threads_[thread].waited) *threads_[thread].waited += passed.waited;
    threads_[thread].state = state;
    spent_.update(now_, threads_);
  }

  SpentTime spent_;
  std::vector<ThreadReading> threads_{{.id = 7, .used = seconds(3), .waited = seconds(9)}};
  net::Clock::time_point now_{seconds(1000)};
};

constexpr milliseconds kStep{250};

TEST_F(SpentTimeTest, CountsCpuFromTheStart) {
  begin();
  for (int i = 0; i < 40; ++i) pass(kStep, State::runnable, {.used = kStep});
  EXPECT_EQ(spent_.used(), seconds(10));
  EXPECT_EQ(spent_.idle(), seconds(0));
}

TEST_F(SpentTimeTest, WaitingForACpuIsNeitherUsedNorIdle) {
  begin();
  for (int i = 0; i < 4000; ++i) {
    pass(kStep, State::runnable, {.used = milliseconds(5), .waited = milliseconds(245)});
  }
  EXPECT_EQ(spent_.used(), seconds(20));
  EXPECT_EQ(spent_.idle(), seconds(0));
}

TEST_F(SpentTimeTest, WaitingThatIsNotCountedYetIsNotIdle) {
  begin();
  // The kernel adds a thread's waiting time when it gets a CPU.
  for (int i = 0; i < 400; ++i) pass(kStep, State::runnable, {});
  EXPECT_EQ(spent_.idle(), seconds(0));
}

TEST_F(SpentTimeTest, SleepIsIdle) {
  begin();
  for (int i = 0; i < 40; ++i) pass(kStep, State::asleep, {});
  EXPECT_EQ(spent_.used(), seconds(0));
  EXPECT_EQ(spent_.idle(), seconds(10));
}

TEST_F(SpentTimeTest, SleepInManyPiecesIsIdleExceptForTheWorkInBetween) {
  begin();
  for (int i = 0; i < 40; ++i) {
    pass(kStep, State::asleep, {.used = milliseconds(1), .waited = milliseconds(49)});
  }
  EXPECT_EQ(spent_.used(), milliseconds(40));
  EXPECT_EQ(spent_.idle(), seconds(8));
}

TEST_F(SpentTimeTest, AProcessThatIsStoppedAndContinuedIsNotIdle) {
  begin();
  for (int i = 0; i < 400; ++i) {
    pass(kStep, State::stopped, {});
    pass(kStep, State::stopped, {.used = milliseconds(10)});
  }
  EXPECT_EQ(spent_.idle(), seconds(0));
  EXPECT_EQ(spent_.used(), seconds(4));
}

TEST_F(SpentTimeTest, AProcessThatIsStoppedAllTheTimeIsIdle) {
  begin();
  for (int i = 0; i < 40; ++i) pass(kStep, State::stopped, {});
  EXPECT_EQ(spent_.idle(), seconds(10));
  pass(kStep, State::runnable, {});
  EXPECT_EQ(spent_.idle(), seconds(0));
}

TEST_F(SpentTimeTest, ALongTimeBetweenLooksProvesNothing) {
  begin();
  pass(seconds(3600), State::asleep, {});
  EXPECT_EQ(spent_.idle(), SpentTime::kLongestInterval);
}

TEST_F(SpentTimeTest, WithoutWaitingTimesOnlyThreadsThatDidNothingAreIdle) {
  threads_[0].waited.reset();
  begin();
  pass(kStep, State::asleep, {.used = milliseconds(10)});
  EXPECT_EQ(spent_.idle(), seconds(0));
  pass(kStep, State::asleep, {});
  EXPECT_EQ(spent_.idle(), kStep);
}

TEST_F(SpentTimeTest, UnreadableThreadsCountAsIdle) {
  begin();
  for (int i = 0; i < 4; ++i) {
    now_ += kStep;
    spent_.update(now_, {});
  }
  EXPECT_EQ(spent_.idle(), seconds(1));
}

TEST_F(SpentTimeTest, ParallelThreadsDoNotAddUp) {
  threads_.push_back({.id = 8, .used = seconds(1), .waited = seconds(0)});
  begin();
  threads_[1].used += milliseconds(200);
  pass(kStep, State::asleep, {.used = milliseconds(100)});
  EXPECT_EQ(spent_.used(), milliseconds(200));
  // One of the threads is running.
  EXPECT_EQ(spent_.idle(), seconds(0));
}

TEST_F(SpentTimeTest, AThreadCountsFromItsFirstReadingAndItsIdCanBeReused) {
  begin();
  threads_.push_back({.id = 8, .used = seconds(30), .waited = seconds(0)});
  pass(kStep, State::asleep, {});
  EXPECT_EQ(spent_.used(), seconds(0));
  pass(kStep, State::asleep, {.used = milliseconds(40)}, 1);
  EXPECT_EQ(spent_.used(), milliseconds(40));
  threads_[1].used = milliseconds(50);
  pass(kStep, State::asleep, {});
  threads_.pop_back();
  pass(kStep, State::asleep, {});
  threads_.push_back({.id = 8, .used = seconds(90), .waited = seconds(0)});
  pass(kStep, State::asleep, {});
  EXPECT_EQ(spent_.used(), milliseconds(40));
}

TEST(ThreadReadingsTest, ReadsThisProcess) {
  const auto main = read_threads(::getpid(), false);
  ASSERT_EQ(main.size(), 1U);
  EXPECT_EQ(main[0].id, ::getpid());
  EXPECT_EQ(main[0].state, State::runnable);
  const auto all = read_threads(::getpid(), true);
  ASSERT_GE(all.size(), 1U);
  EXPECT_EQ(all[0].id, ::getpid());
  // The thread is running, so its CPU time grows.
  while (read_threads(::getpid(), false)[0].used <= main[0].used) {
  }
}

TEST(ThreadReadingsTest, IsEmptyWithoutAProcess) {
  // No process has this id: the kernel's maximum is 2^22.
  EXPECT_TRUE(read_threads(1 << 30, false).empty());
  EXPECT_TRUE(read_threads(1 << 30, true).empty());
}

}  // namespace
}  // namespace millrace::workers
