// Wakeup lets another thread end a coroutine's wait: what one of them does for all (a look-up of a
// name, the fetch of a key set) is waited for by each on its own loop.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <mutex>

#include "millrace/task.hpp"

namespace millrace::detail {

/// Shared by the one coroutine that waits and whoever wakes it.
class Wakeup : public std::enable_shared_from_this<Wakeup> {
 public:
  using Clock = std::chrono::steady_clock;

  /// Waits for notify(), until `deadline` at the latest; not at all where that has been. Throws
  /// where the task is cancelled. On the loop's thread, once.
  [[nodiscard]] Task<void> wait(Clock::time_point deadline);

  /// Any thread, any number of times, also where nobody waits, or the waiting loop is no more.
  void notify();

 private:
  class Waiting;

  std::mutex mutex_;
  bool notified_ = false;
  /// Of the coroutine that waits. Changed under the mutex, used on its loop's thread only.
  boost::asio::steady_timer* timer_ = nullptr;
};

}  // namespace millrace::detail
