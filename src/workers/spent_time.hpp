// SpentTime measures a worker by its own clock: how much CPU time it has used since it was given
// something to do, and how long it has been idle although it could have run. Time in which it was
// runnable without getting a CPU counts as neither, so a worker on an overloaded machine is not
// mistaken for one that is held.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "net/timer.hpp"
#include "workers/thread_readings.hpp"

namespace millrace::workers {

/// Gets time and thread readings only as arguments. Belongs to the loop's thread.
class SpentTime {
 public:
  using Duration = std::chrono::nanoseconds;

  /// The longest time between two updates that counts as idle. After a longer gap the server itself
  /// did not get the CPU, and does not know what happened.
  static constexpr std::chrono::milliseconds kLongestInterval{500};

  /// Starts a new measurement.
  void begin(net::Clock::time_point now, std::span<const ThreadReading> threads);

  /// Adds what has happened since the last update.
  void update(net::Clock::time_point now, std::span<const ThreadReading> threads);

  void stop() { since_.reset(); }

  /// Returns when the measurement started; nullopt if none is running.
  [[nodiscard]] std::optional<net::Clock::time_point> since() const { return since_; }

  /// Returns the CPU time of the thread that used the most: parallel threads are not added up.
  [[nodiscard]] Duration used() const { return used_; }

  /// Returns the time for which all threads were asleep, or stopped. A process that is stopped and
  /// continued in turn, as by cpulimit, is slow but not idle: of the time stopped only the last
  /// uninterrupted stretch counts. If threads cannot be read, all time counts as idle.
  [[nodiscard]] Duration idle() const { return asleep_ + stopped_; }

 private:
  struct Thread {
    ThreadReading first;
    ThreadReading last;
  };

  /// What the threads did between two updates.
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
  net::Clock::time_point updated_at_{};
  std::vector<Thread> threads_;
  Duration used_{0};
  Duration asleep_{0};
  Duration stopped_{0};
};

}  // namespace millrace::workers
