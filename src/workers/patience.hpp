// Patience says how many times its usual limit a worker gets, since others before it were ended for
// being slow: twice as much after each, so that what is only slow gets done in the end, and less
// again after a quiet time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "net/timer.hpp"

namespace millrace::workers {

/// Knows time only as the argument. Belongs to the loop's thread.
class Patience {
 public:
  /// The largest factor.
  static constexpr unsigned kMost = 8;
  /// The factor is halved for each such time in which nothing was ended for being slow.
  static constexpr std::chrono::minutes kCalm{10};

  [[nodiscard]] unsigned factor(net::Clock::time_point now) const {
    const auto quiet = grown_ ? (now - *grown_) / kCalm : 0;
    return std::max(1U, factor_ >> static_cast<unsigned>(std::clamp<std::int64_t>(quiet, 0, 31)));
  }

  /// One was ended for being slow.
  void grow(net::Clock::time_point now) {
    factor_ = std::min(factor(now) * 2, kMost);
    grown_ = now;
  }

 private:
  unsigned factor_ = 1;
  std::optional<net::Clock::time_point> grown_;
};

}  // namespace millrace::workers
