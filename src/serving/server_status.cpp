#include "serving/server_status.hpp"

#include <unistd.h>

#include <string_view>

#include "gateway/site.hpp"
#include "workers/process_memory.hpp"

namespace millrace::serving {

namespace {

std::string_view state_of(const workers::WorkerReport& worker) {
  if (!worker.replacement_reason.empty() && worker.state == workers::WorkerState::ready) {
    return "retiring";
  }
  switch (worker.state) {
    case workers::WorkerState::starting:
      return "starting";
    case workers::WorkerState::ready:
      return "ready";
    case workers::WorkerState::draining:
      return "draining";
    case workers::WorkerState::dead:
      return "dead";
  }
  return "";
}

WorkerStatus status_of(const workers::WorkerReport& worker) {
  return {.pid = worker.pid,
          .state = std::string(state_of(worker)),
          .why = worker.replacement_reason,
          .in_flight = worker.in_flight,
          .streaming = worker.streaming,
          .requests = worker.invocations,
          .rss = worker.rss,
          .heap_used = worker.heap_used,
          .lag_us = worker.lag.count(),
          .utilization = worker.utilization,
          .age_ms = worker.age.count()};
}

PoolStatus status_of(const workers::PoolReport& pool, const workers::Load& load) {
  PoolStatus status{.name = pool.name,
                    .wanted = pool.wanted,
                    .min = pool.min,
                    .max = pool.max,
                    .queued = pool.queued,
                    .deaths = pool.deaths,
                    .last_death = pool.last_death,
                    .workers = {},
                    .routes = {}};
  for (const workers::WorkerReport& worker : pool.workers) {
    status.workers.push_back(status_of(worker));
  }
  for (const workers::RouteAccount& account : pool.routes) {
    if (account.route >= load.routes->size()) continue;
    status.routes.push_back({.path = (*load.routes)[account.route].path,
                             .requests = account.invocations,
                             .cpu_us = account.cpu_us,
                             .kept_bytes = account.retained_bytes});
  }
  return status;
}

}  // namespace

ServerStatus status_of(const Service& service, std::uint16_t port) {
  const gateway::Site* const site = service.site();
  ServerStatus status{.pid = ::getpid(),
                      .port = port,
                      .build = site == nullptr ? "" : site->manifest.build_id,
                      .rss = workers::resident_memory(::getpid()),
                      .pools = {}};
  if (const Fleet* const fleet = service.fleet()) {
    for (const workers::PoolReport& pool : fleet->report()) {
      status.pools.push_back(status_of(pool, fleet->last_load()));
    }
  }
  return status;
}

}  // namespace millrace::serving
