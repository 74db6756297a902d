// The leak accountant books what routes cost and what they seem to keep: CPU as workers say it, and
// memory by regression, since a sample tells how much a worker holds but not for whom. Samples in
// which a leaking route was called more often grew more.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "workers/sample.hpp"

namespace millrace::workers {

/// What is known of a route.
struct RouteAccount {
  std::uint32_t route = 0;
  std::uint64_t invocations = 0;
  /// Microseconds of event loops.
  std::uint64_t cpu_us = 0;
  /// Bytes that an invocation seems to leave behind.
  double kept_bytes = 0;
};

/// Of the workers of one pool and generation. Belongs to the loop's thread.
class LeakAccountant {
 public:
  /// Forgets all.
  void restart() { *this = LeakAccountant(); }

  /// A worker's sample: what its routes did since the one before, and by how many bytes what it
  /// holds (heap and what hangs on it) has grown meanwhile.
  void observe(std::span<const RouteCost> costs, double growth);

  /// All routes that were called, the one with the most CPU first.
  [[nodiscard]] std::vector<RouteAccount> accounts() const;

  /// The route that seems to keep the most in all; none where nothing points at one.
  [[nodiscard]] std::optional<RouteAccount> suspect() const;

 private:
  [[nodiscard]] std::size_t place_of(std::uint32_t route);
  [[nodiscard]] std::vector<double> kept() const;

  std::vector<RouteAccount> routes_;
  /// Normal equations: products of invocations, and with growth; a row for each of routes_.
  std::vector<std::vector<double>> products_;
  std::vector<double> with_growth_;
};

}  // namespace millrace::workers
