// RateMeter checks that a peer moves bytes at a minimal average rate while it has bytes to move: a
// peer that moves one byte now and then would otherwise hold a connection for ever.
#pragma once

#include <cstdint>

namespace millrace::gateway {

struct MinimalRate {
  /// 0: any progress within a span is enough.
  std::uint64_t bytes_per_second = 0;
  /// The seconds over which the rate is averaged.
  std::uint32_t span = 0;
};

/// Pure: the caller passes the time, in seconds that never decrease.
class RateMeter {
 public:
  /// Returns whether the peer is fast enough. Call once a second. `moved` is the total number of
  /// bytes so far, `owed` whether the peer has had bytes to move ever since the last call. Spans in
  /// which nothing was owed do not count.
  [[nodiscard]] bool keeps_up(std::uint32_t now, std::uint64_t moved, bool owed,
                              const MinimalRate& least) {
    if (!owed || !measuring_) {
      measuring_ = owed;
      began_ = now;
      moved_ = moved;
      return true;
    }
    const std::uint32_t passed = now - began_;
    if (passed < least.span) return true;
    const std::uint64_t so_far = moved - moved_;
    if (so_far == 0 || so_far / passed < least.bytes_per_second) return false;
    began_ = now;
    moved_ = moved;
    return true;
  }

  /// Ends the measurement: the next call begins a new span.
  void restart() { measuring_ = false; }

 private:
  bool measuring_ = false;
  std::uint32_t began_ = 0;
  std::uint64_t moved_ = 0;
};

}  // namespace millrace::gateway
