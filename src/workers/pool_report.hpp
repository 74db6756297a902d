// The report that `millrace ps` shows of a pool and its workers.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "net/timer.hpp"
#include "workers/leak_accountant.hpp"
#include "workers/supervisor.hpp"

namespace millrace::workers {

class WorkerHandle;

struct WorkerReport {
  pid_t pid = 0;
  WorkerState state = WorkerState::starting;
  /// Not empty: why it is to be replaced.
  std::string retires_because;
  std::size_t in_flight = 0;
  /// Those of them that are streaming.
  std::size_t streaming = 0;
  std::uint64_t invocations = 0;
  /// Bytes.
  std::uint64_t rss = 0;
  std::uint64_t heap_used = 0;
  /// How late its event loop answered last, and what share of time it was at work.
  std::chrono::microseconds lag{0};
  double utilization = 0;
  std::chrono::milliseconds age{0};
};

struct PoolReport {
  std::string name;
  std::size_t wanted = 0;
  std::size_t min = 0;
  std::size_t max = 0;
  std::size_t queued = 0;
  /// Workers that died since the pool's start, and how the last one did.
  std::uint64_t deaths = 0;
  std::string last_death;
  std::vector<WorkerReport> workers;
  /// What routes of the newest generation have cost, the dearest first.
  std::vector<RouteAccount> routes;
};

/// Reads the worker's memory from the kernel.
[[nodiscard]] WorkerReport report_of(const WorkerHandle& worker, net::Clock::time_point now);

}  // namespace millrace::workers
