// Scaler says how many workers a pool should have, from what waits and how busy they are. It starts
// workers one at a time, when requests wait or event loops have no time left, and ends those that
// were not needed for a while.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "net/timer.hpp"

namespace millrace::workers {

struct ScalerLimits {
  /// Workers kept without work.
  std::size_t min = 1;
  std::size_t max = 1;
  /// Invocations should not wait longer.
  std::chrono::milliseconds target_wait{50};
  /// Workers that were not needed for so long end.
  std::chrono::milliseconds idle{60'000};
};

/// A pool at one moment.
struct PoolLoad {
  /// Workers that start or are ready, without those that are being replaced.
  std::size_t workers = 0;
  std::size_t ready = 0;
  std::size_t queued = 0;
  /// How long the first in the queue has waited.
  net::Clock::duration oldest_wait{0};
  std::size_t in_flight = 0;
  /// Whether any invocation has come since the last look.
  bool used = false;
  /// Sum over ready workers of the share of time that their event loops were at work, 0 to 1 each.
  double busy = 0;
};

/// Knows time only as the argument. Belongs to the loop's thread.
class Scaler {
 public:
  explicit Scaler(ScalerLimits limits) : limits_(limits), wanted_(limits.min) {}

  /// How many there should be now.
  [[nodiscard]] std::size_t look(const PoolLoad& load, net::Clock::time_point now);

  [[nodiscard]] std::size_t wanted() const { return wanted_; }

  /// When to look again though nothing has happened; nothing where there is no need to.
  [[nodiscard]] std::optional<net::Clock::time_point> next_look() const;

 private:
  [[nodiscard]] std::size_t needed(const PoolLoad& load) const;
  [[nodiscard]] bool wants_more(const PoolLoad& load, net::Clock::time_point now) const;

  ScalerLimits limits_;
  std::size_t wanted_;
  net::Clock::time_point grown_at_{};
  /// Since when fewer would have done, and how many would have at most.
  std::optional<net::Clock::time_point> surplus_since_;
  std::size_t peak_ = 0;
};

}  // namespace millrace::workers
