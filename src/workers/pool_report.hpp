// The report on a pool and its workers for `millrace ps`.
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
  /// Why it is to be replaced; empty if it is not.
  std::string replacement_reason;
  std::size_t in_flight = 0;
  /// How many of the invocations in flight are streaming.
  std::size_t streaming = 0;
  std::uint64_t invocations = 0;
  /// Resident memory in bytes.
  std::uint64_t rss = 0;
  std::uint64_t heap_used = 0;
  /// The latency of its last ping, and the share of time for which its event loop was busy.
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
  /// How many workers have died since the pool's start, and the cause of the last death.
  std::uint64_t deaths = 0;
  std::string last_death;
  std::vector<WorkerReport> workers;
  /// The costs of the newest generation's routes, most expensive first.
  std::vector<RouteAccount> routes;
};

/// Reads the worker's memory usage from the kernel.
[[nodiscard]] WorkerReport report_of(const WorkerHandle& worker, net::Clock::time_point now);

}  // namespace millrace::workers
