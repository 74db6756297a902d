// LimitFactor is the factor by which a worker's time limit is extended after other workers exceeded
// it. It doubles after each, so that slow work eventually completes, and decreases again after a
// quiet time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "net/timer.hpp"

namespace millrace::workers {

/// Gets the time only as an argument. Belongs to the loop's thread.
class LimitFactor {
 public:
  /// The largest factor.
  static constexpr unsigned kMost = 8;
  /// The factor is halved for each such period in which no worker exceeded the limit.
  static constexpr std::chrono::minutes kHalvingPeriod{10};

  [[nodiscard]] unsigned value(net::Clock::time_point now) const {
    const auto quiet = grown_ ? (now - *grown_) / kHalvingPeriod : 0;
    return std::max(1U, factor_ >> static_cast<unsigned>(std::clamp<std::int64_t>(quiet, 0, 31)));
  }

  /// A worker exceeded the limit and was ended.
  void grow(net::Clock::time_point now) {
    factor_ = std::min(value(now) * 2, kMost);
    grown_ = now;
  }

 private:
  unsigned factor_ = 1;
  std::optional<net::Clock::time_point> grown_;
};

}  // namespace millrace::workers
