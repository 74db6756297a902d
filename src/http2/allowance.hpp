// Allowance is a token bucket: something may happen a number of times at once, and then so many
// times per second.
#pragma once

#include <algorithm>
#include <cstdint>

namespace millrace::http2 {

struct AllowanceRate {
  std::uint32_t burst = 0;
  std::uint32_t per_second = 0;
};

/// Pure: the caller passes the time, in seconds that never decrease.
class Allowance {
 public:
  explicit Allowance(AllowanceRate rate) : rate_(rate), left_(rate.burst) {}

  /// Uses one; returns false where none is left.
  [[nodiscard]] bool take(std::uint32_t now) {
    refill(now);
    if (left_ == 0) return false;
    --left_;
    return true;
  }

  /// Adds `count`, up to the burst.
  void grant(std::uint32_t count) { left_ = std::min(rate_.burst, left_ + count); }

 private:
  void refill(std::uint32_t now) {
    if (now <= refilled_) return;
    const std::uint64_t earned = std::uint64_t{now - refilled_} * rate_.per_second;
    left_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(rate_.burst, left_ + earned));
    refilled_ = now;
  }

  AllowanceRate rate_;
  std::uint32_t left_;
  std::uint32_t refilled_ = 0;
};

}  // namespace millrace::http2
