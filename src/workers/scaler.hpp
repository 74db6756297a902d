// Scaler decides how many workers a pool should have, from its queue and how busy the workers are.
// It adds one worker at a time when requests wait or event loops have no time left, and removes
// workers that were not needed for a while.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "net/timer.hpp"
#include "project/generated/settings_structs.hpp"

namespace millrace::workers {

/// The state of a pool at one moment.
struct PoolLoad {
  /// Workers that start or are ready, without those that are being replaced.
  std::size_t workers = 0;
  std::size_t ready = 0;
  std::size_t queued = 0;
  /// How long the first invocation in the queue has waited.
  net::Clock::duration oldest_wait{0};
  std::size_t in_flight = 0;
  /// Whether an invocation has arrived since the last update.
  bool used = false;
  /// The sum over ready workers of the share of time for which their event loops were busy, 0 to 1
  /// each.
  double busy = 0;
};

/// Gets the time only as an argument. Belongs to the loop's thread.
class Scaler {
 public:
  /// Uses `min`, `max`, `target_wait` and `idle` of `limits`.
  explicit Scaler(const project::PoolLimits& limits) : limits_(limits), wanted_(limits.min) {}

  /// Returns how many workers there should be now.
  [[nodiscard]] std::size_t update(const PoolLoad& load, net::Clock::time_point now);

  [[nodiscard]] std::size_t wanted() const { return wanted_; }

  /// Returns when update() must be called again even if nothing happens; nullopt if it need not be.
  [[nodiscard]] std::optional<net::Clock::time_point> next_check() const;

 private:
  [[nodiscard]] std::size_t needed(const PoolLoad& load) const;
  [[nodiscard]] bool wants_more(const PoolLoad& load, net::Clock::time_point now) const;

  project::PoolLimits limits_;
  std::size_t wanted_;
  net::Clock::time_point grown_at_{};
  /// Since when fewer workers would have sufficed, and the largest number that was needed since
  /// then.
  std::optional<net::Clock::time_point> surplus_since_;
  std::size_t peak_ = 0;
};

}  // namespace millrace::workers
