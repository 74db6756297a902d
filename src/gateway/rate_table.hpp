// RateTable remembers how much of a rate each key has used, by the generic cell rate algorithm (GCRA):
// one time for each key, in a table whose size is fixed. Where it is full, the key that would be
// forgotten soonest anyway gives way. One that has used up its limit is thus the last to be forgotten:
// a flood of new keys evicts only itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace millrace::gateway {

/// A rate in the form of GCRA.
struct Rate {
  using Time = std::chrono::nanoseconds;

  /// The time between two requests at this rate; at least 1 ns.
  Time interval{1};
  /// How far requests may be ahead of the rate: the burst times `interval`.
  Time tolerance{1};

  /// `requests` in `window`, at most `burst` at once; all are at least 1.
  [[nodiscard]] static Rate of(std::uint64_t requests, std::chrono::milliseconds window,
                               std::uint64_t burst);
};

/// Whether a request is within a rate.
struct RateVerdict {
  bool allowed = false;
  /// How many further requests are allowed at once.
  std::uint64_t remaining = 0;
  /// Until all of the burst is allowed again, or, where refused, until the next request is.
  std::chrono::nanoseconds reset{0};
  /// What take() stores.
  std::int64_t next = 0;
};

/// Belongs to one thread.
class RateTable {
 public:
  static constexpr std::size_t kWays = 16;
  static constexpr std::size_t kSets = 4096;
  /// The most keys; they take 1 MiB.
  static constexpr std::size_t kMostKeys = kWays * kSets;

  RateTable() : entries_(kMostKeys) {}

  /// Returns the verdict on a request now, and changes nothing. `key`: a seeded hash. `now`: a time
  /// that does not go back.
  [[nodiscard]] RateVerdict ask(std::uint64_t key, const Rate& rate,
                                std::chrono::nanoseconds now) const;

  /// Counts a request that was allowed.
  void take(std::uint64_t key, const RateVerdict& verdict);

 private:
  struct Entry {
    std::uint64_t key = 0;
    /// GCRA's theoretical arrival time in nanoseconds; the entry means nothing after it.
    std::int64_t arrival = 0;
  };

  [[nodiscard]] const Entry* set_of(std::uint64_t key) const {
    return &entries_[(key % kSets) * kWays];
  }

  std::vector<Entry> entries_;
};

}  // namespace millrace::gateway
