// The options of a pool, as data: how many workers it may have, their limits, and how long requests
// wait for them.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "metrics/pool_metrics.hpp"
#include "project/generated/settings_structs.hpp"
#include "workers/supervisor.hpp"

namespace millrace::workers {

/// How many workers of a pool serve at a time.
enum class Serving : std::uint8_t {
  /// As many as the load requires.
  by_load,
  /// One, so that all requests see the memory of one process. A second worker stands in only while
  /// the first is held (WorkLimits::held), ends or is replaced.
  one,
};

/// The pool's settings from millrace.toml, or their defaults, and the options derived for it.
struct PoolOptions : project::PoolLimits {
  /// For the log.
  std::string name = "default";
  Serving serving = Serving::by_load;
  SupervisorLimits supervisor;
  /// WorkLimits::held of its workers.
  std::chrono::milliseconds held{0};
  /// The number of a worker's first stream; see protocol/link.md.
  std::uint64_t first_stream = 1;
  /// The scope of the pool's data and responses in the caches: pools with the same scope share
  /// them. Empty for the project's own scope.
  std::string cache_scope = {};
  /// The heap limit in bytes that its workers' program was given; a worker near it is replaced. 0
  /// if unknown.
  std::uint64_t heap_limit = 0;
  /// Where the pool counts; not null.
  std::shared_ptr<metrics::PoolMetrics> metrics = std::make_shared<metrics::PoolMetrics>();
};

}  // namespace millrace::workers
