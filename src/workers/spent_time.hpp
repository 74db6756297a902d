// SpentTime measures a worker by its own clock: how much CPU time it has used since something was
// asked of it, and how long it has done nothing though nobody kept it from working. Time in which it
// wanted a CPU and got none counts as neither, so a worker on a busy machine is not taken for one
// that is held.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "net/timer.hpp"
#include "workers/thread_readings.hpp"

namespace millrace::workers {

/// Knows time and threads only as the arguments. Belongs to the loop's thread.
class SpentTime {
 public:
  using Duration = std::chrono::nanoseconds;

  /// Between two looks at most so much counts as idle: who looks so seldom does not get the CPU
  /// either, and knows nothing of the time between.
  static constexpr std::chrono::milliseconds kLongestInterval{500};

  /// Begins anew.
  void begin(net::Clock::time_point now, std::span<const ThreadReading> threads);

  /// Counts what has happened since the last look.
  void look(net::Clock::time_point now, std::span<const ThreadReading> threads);

  void stop() { since_.reset(); }

  /// When it has begun; nothing when it is not measuring.
  [[nodiscard]] std::optional<net::Clock::time_point> since() const { return since_; }

  /// CPU time used, by the thread that used the most: threads that work side by side do not add up.
  [[nodiscard]] Duration used() const { return used_; }

  /// Time in which all threads were asleep, or stopped. A process that is stopped and continued, as
  /// cpulimit does it, is slow but not idle: only the last stretch counts in which it was stopped all
  /// the time. Where threads cannot be read, all time.
  [[nodiscard]] Duration idle() const { return asleep_ + stopped_; }

 private:
  struct Thread {
    ThreadReading first;
    ThreadReading last;
  };

  /// What the threads did between two looks.
  struct Interval {
    Duration used{0};
    Duration waited{0};
    bool waiting_known = true;
    bool runnable = false;
    bool asleep = false;
  };

  [[nodiscard]] Interval take(std::span<const ThreadReading> threads);
  [[nodiscard]] Thread& thread(const ThreadReading& reading);

  std::optional<net::Clock::time_point> since_;
  net::Clock::time_point looked_at_{};
  std::vector<Thread> threads_;
  Duration used_{0};
  Duration asleep_{0};
  Duration stopped_{0};
};

}  // namespace millrace::workers
