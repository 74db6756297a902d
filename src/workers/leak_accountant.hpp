// The leak accountant records what routes cost and estimates the memory they retain: CPU as workers
// report it, and memory by regression, because a sample gives the memory of a worker and not of a
// route. Samples in which a leaking route was called more often show more growth.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "workers/sample.hpp"

namespace millrace::workers {

/// What is known about a route.
struct RouteAccount {
  std::uint32_t route = 0;
  std::uint64_t invocations = 0;
  /// CPU time in microseconds, of workers' event loops.
  std::uint64_t cpu_us = 0;
  /// Estimated bytes that an invocation retains.
  double retained_bytes = 0;
};

/// Covers the workers of one pool and generation. Belongs to the loop's thread.
class LeakAccountant {
 public:
  /// Discards all data.
  void restart() { *this = LeakAccountant(); }

  /// Records a worker's sample: what its routes did since the previous sample, and by how many
  /// bytes the memory that it holds (the heap and external memory) has grown since then.
  void observe(std::span<const RouteCost> costs, double growth);

  /// Returns every route that was called, most CPU first.
  [[nodiscard]] std::vector<RouteAccount> accounts() const;

  /// Returns the route with the largest estimated total of retained memory, or nullopt if there is
  /// no indication of a leak.
  [[nodiscard]] std::optional<RouteAccount> suspect() const;

 private:
  [[nodiscard]] std::size_t place_of(std::uint32_t route);
  [[nodiscard]] std::vector<double> retained() const;

  std::vector<RouteAccount> routes_;
  /// Normal equations: products of invocation counts, and of counts with growth; one row for each
  /// element of routes_.
  std::vector<std::vector<double>> products_;
  std::vector<double> with_growth_;
};

}  // namespace millrace::workers
