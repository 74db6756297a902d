// The options of a pool, as data: how many workers it may have, what each may take, and how long
// requests wait for them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "project/generated/settings_structs.hpp"
#include "workers/supervisor.hpp"

namespace millrace::workers {

/// How many workers of a pool serve at a time.
enum class Serving : std::uint8_t {
  /// As many as the load asks for.
  by_load,
  /// One, so that all requests see the memory of one process. A second stands in only while the
  /// first is held (WorkLimits::held), ends or is replaced.
  one,
};

/// What millrace.toml says of the pool, or its defaults, and what is decided for it beside.
struct PoolOptions : project::PoolLimits {
  /// For the log.
  std::string name = "default";
  Serving serving = Serving::by_load;
  SupervisorLimits supervisor;
  /// WorkLimits::held of its workers.
  std::chrono::milliseconds held{0};
  /// The number of a worker's first stream; see protocol/link.md.
  std::uint64_t first_stream = 1;
  /// Whose data and answers the pool's routes see in the caches: pools with the same text share
  /// them. Empty for the project's own.
  std::string cache_scope = {};
  /// Bytes that its heap may grow to, as its program was told; near it, it is replaced. 0 for
  /// unknown.
  std::uint64_t heap_limit = 0;
};

}  // namespace millrace::workers
