// Sample is what a worker says of itself when asked (the link's `stats`): memory, how long its event
// loop was held, what its routes cost. A hostile worker may say anything, so nothing here decides
// more than whether that worker is replaced.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace millrace::workers {

/// What a route cost since the last sample.
struct RouteCost {
  std::uint32_t generation = 0;
  std::uint32_t route = 0;
  std::uint64_t invocations = 0;
  /// Microseconds of the event loop.
  std::uint64_t cpu_us = 0;
};

struct Sample {
  /// Bytes.
  std::uint64_t rss = 0;
  std::uint64_t heap_used = 0;
  std::uint64_t heap_total = 0;
  std::uint64_t external = 0;
  /// The longest turn of its event loop since the last sample, in milliseconds.
  double loop_lag_ms = 0;
  /// The share of time at work since the last sample, 0 to 1.
  double utilization = 0;
  /// Milliseconds of CPU since its start.
  double cpu_ms = 0;
  std::vector<RouteCost> routes;
};

/// Nothing where the payload is no JSON object. What is missing, of another type or out of range
/// stays 0.
[[nodiscard]] std::optional<Sample> parse_sample(std::string_view payload);

}  // namespace millrace::workers
