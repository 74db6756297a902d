// Timer is a timer on the event loop that calls back once for each time it is set.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "net/event_loop.hpp"

namespace millrace::net {

/// Belongs to the loop's thread. Destroying it or setting it again cancels the pending call.
class Timer {
 public:
  Timer(EventLoop& loop, std::function<void()> on_time);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer();

  void set(Clock::time_point when);
  void set_after(Clock::duration delay) { set(Clock::now() + delay); }
  void cancel();
  /// Returns whether it is set and has not called back yet.
  [[nodiscard]] bool pending() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace millrace::net
