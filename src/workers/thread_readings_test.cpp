#include "workers/thread_readings.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace millrace::workers {
namespace {

TEST(ThreadReadings, AreOfTheMainThreadAlone) {
  const auto readings = read_threads(::getpid(), false);
  ASSERT_EQ(readings.size(), 1U);
  EXPECT_EQ(readings[0].id, ::getpid());
}

TEST(ThreadReadings, AreOfABoundedNumberOfThreads) {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  std::vector<std::thread> threads;
  while (threads.size() < kMostThreadsRead + 5) {
    threads.emplace_back([&] {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return done; });
    });
  }
  const auto readings = read_threads(::getpid(), true);
  {
    const std::lock_guard lock(mutex);
    done = true;
  }
  changed.notify_all();
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(readings.size(), kMostThreadsRead);
  EXPECT_EQ(readings[0].id, ::getpid()) << "the oldest ones are read";
}

TEST(ThreadReadings, OfAProcessThatIsGoneAreEmpty) {
  EXPECT_TRUE(read_threads(-1, true).empty());
  EXPECT_TRUE(read_threads(-1, false).empty());
}

}  // namespace
}  // namespace millrace::workers
