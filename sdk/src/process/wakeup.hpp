// Wakeup lets another thread end a coroutine's wait. Several coroutines can so wait, each on its
// own loop, for work that is done once for all of them, such as a name lookup or the fetch of a key
// set.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <mutex>

#include "millrace/task.hpp"

namespace millrace::detail {

/// Shared by the one coroutine that waits and its notifiers.
class Wakeup : public std::enable_shared_from_this<Wakeup> {
 public:
  using Clock = std::chrono::steady_clock;

  /// Waits for notify(), until `deadline` at the latest; returns at once where notify() was called
  /// before. Throws where the task is cancelled. Call it once, on the loop's thread.
  [[nodiscard]] Task<void> wait(Clock::time_point deadline);

  /// Any thread, any number of times, also where no coroutine waits or its loop has ended.
  void notify();

 private:
  class Waiting;

  std::mutex mutex_;
  bool notified_ = false;
  /// The timer of the waiting coroutine. Changed under the mutex, used on its loop's thread only.
  boost::asio::steady_timer* timer_ = nullptr;
};

}  // namespace millrace::detail
