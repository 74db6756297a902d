// RateMeter judges whether a peer moves bytes at a minimal rate while it has some to move, averaged
// over spans of time: standing still is not the only way to hold a connection for ever.
#pragma once

#include <cstdint>

namespace millrace::gateway {

struct MinimalRate {
  /// 0: any progress within a span will do.
  std::uint64_t bytes_per_second = 0;
  /// Seconds over which it is averaged.
  std::uint32_t span = 0;
};

/// Pure: the caller says what time it is, in seconds that never go back.
class RateMeter {
 public:
  /// Whether the peer is fast enough. To be asked about once a second; `moved` is the count of all
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

  /// What was measured is over: the next span begins with the next call.
  void restart() { measuring_ = false; }

 private:
  bool measuring_ = false;
  std::uint32_t began_ = 0;
  std::uint64_t moved_ = 0;
};

}  // namespace millrace::gateway
