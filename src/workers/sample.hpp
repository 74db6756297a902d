// Sample is what a worker reports about itself on request (the link's `stats`): memory, event loop
// delay, and the costs of its routes. A hostile worker may report anything, so a sample can cause
// nothing more than the replacement of that worker.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace millrace::workers {

/// The cost of a route since the last sample.
struct RouteCost {
  std::uint32_t generation = 0;
  std::uint32_t route = 0;
  std::uint64_t invocations = 0;
  /// CPU time of the event loop in microseconds.
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
  /// The share of time for which the event loop was busy since the last sample, 0 to 1.
  double utilization = 0;
  /// Milliseconds of CPU time since its start.
  double cpu_ms = 0;
  std::vector<RouteCost> routes;
};

/// Returns nullopt if the payload is not a JSON object. Members that are missing, out of range or
/// of the wrong type are 0.
[[nodiscard]] std::optional<Sample> parse_sample(std::string_view payload);

}  // namespace millrace::workers
