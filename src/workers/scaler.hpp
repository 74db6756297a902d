// Scaler says how many workers a pool should have, from what waits and how busy they are. It starts
// workers one at a time, when requests wait or event loops have no time left, and ends those that
// were not needed for a while.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "net/timer.hpp"
#include "project/generated/settings_structs.hpp"

namespace millrace::workers {

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
  /// Of `limits` it knows `min`, `max`, `target_wait` and `idle`.
  explicit Scaler(const project::PoolLimits& limits) : limits_(limits), wanted_(limits.min) {}

  /// How many there should be now.
  [[nodiscard]] std::size_t look(const PoolLoad& load, net::Clock::time_point now);

  [[nodiscard]] std::size_t wanted() const { return wanted_; }

  /// When to look again though nothing has happened; nothing where there is no need to.
  [[nodiscard]] std::optional<net::Clock::time_point> next_look() const;

 private:
  [[nodiscard]] std::size_t needed(const PoolLoad& load) const;
  [[nodiscard]] bool wants_more(const PoolLoad& load, net::Clock::time_point now) const;

  project::PoolLimits limits_;
  std::size_t wanted_;
  net::Clock::time_point grown_at_{};
  /// Since when fewer would have done, and how many would have at most.
  std::optional<net::Clock::time_point> surplus_since_;
  std::size_t peak_ = 0;
};

}  // namespace millrace::workers
