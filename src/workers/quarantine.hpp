// Quarantine keeps routes away from workers that they kill. A route that was at hand each time when
// workers ended, and has answered nothing between, pauses, for longer each time; then one request
// may try it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "net/timer.hpp"

namespace millrace::workers {

/// Routes by number, of one generation. Knows time only as the argument. Belongs to the loop's
/// thread.
class Quarantine {
 public:
  /// So many dead workers in a row are no accident.
  static constexpr std::uint32_t kCrashesToPause = 3;
  static constexpr std::chrono::milliseconds kFirstPause{1'000};
  static constexpr std::chrono::milliseconds kLongestPause{60'000};

  /// Forgets everything; routes are below `routes` from now on.
  void restart(std::size_t routes) {
    records_.assign(routes, {});
    routes_crashed_ = 0;
  }

  /// Whether the route may run at `now`. Where a pause is over, one invocation may, and others when
  /// it has been answered.
  [[nodiscard]] bool admits(std::uint32_t route, net::Clock::time_point now);

  /// The route's answer has begun.
  void answered(std::uint32_t route) {
    if (routes_crashed_ == 0 || route >= records_.size() || records_[route].crashes == 0) return;
    records_[route] = {};
    --routes_crashed_;
  }

  /// A worker has ended with the route at hand. Returns how long the route pauses, 0 for not.
  std::chrono::milliseconds record_crash(std::uint32_t route, net::Clock::time_point now);

 private:
  struct Record {
    std::uint32_t crashes = 0;
    /// Not before; meaningless below kCrashesToPause.
    net::Clock::time_point until{};
  };

  std::vector<Record> records_;
  /// Routes with crashes: none in healthy times, which must cost nothing.
  std::size_t routes_crashed_ = 0;
};

}  // namespace millrace::workers
