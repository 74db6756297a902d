// Quarantine keeps routes away from workers that they kill. A route that was in flight several
// times in a row when a worker ended, without a response in between, is paused, for longer each
// time; after the pause a single request may try it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "net/timer.hpp"

namespace millrace::workers {

/// Covers the routes of one generation, by number. Gets the time only as an argument. Belongs to
/// the loop's thread.
class Quarantine {
 public:
  /// The number of worker deaths in a row that cannot be a coincidence.
  static constexpr std::uint32_t kCrashesToPause = 3;
  static constexpr std::chrono::milliseconds kFirstPause{1'000};
  static constexpr std::chrono::milliseconds kLongestPause{60'000};

  /// Discards all records; route numbers are below `routes` from now on.
  void restart(std::size_t routes) {
    records_.assign(routes, {});
    routes_crashed_ = 0;
  }

  /// Returns whether the route may run at `now`. After a pause one invocation may run; others may
  /// run when its response has begun.
  [[nodiscard]] bool admits(std::uint32_t route, net::Clock::time_point now);

  /// A response of the route has begun.
  void responded(std::uint32_t route) {
    if (routes_crashed_ == 0 || route >= records_.size() || records_[route].crashes == 0) return;
    records_[route] = {};
    --routes_crashed_;
  }

  /// A worker has ended with the route in flight. Returns how long the route is paused; 0 if it is
  /// not.
  std::chrono::milliseconds record_crash(std::uint32_t route, net::Clock::time_point now);

 private:
  struct Record {
    std::uint32_t crashes = 0;
    /// The end of the pause; meaningless below kCrashesToPause.
    net::Clock::time_point until{};
  };

  std::vector<Record> records_;
  /// How many routes have crashes. Usually none, so that checks cost nothing.
  std::size_t routes_crashed_ = 0;
};

}  // namespace millrace::workers
