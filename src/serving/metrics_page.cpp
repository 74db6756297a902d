#include "serving/metrics_page.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "base/standard_output.hpp"
#include "gateway/site.hpp"
#include "metrics/families.hpp"
#include "serving/version.hpp"
#include "workers/process_memory.hpp"

namespace millrace::serving {

namespace {

using namespace metrics::
    families;  // NOLINT(google-build-using-namespace): the page names all of them
using metrics::TextPage;
using workers::WorkerState;

/// The values of the label `state`.
constexpr std::array<std::string_view, 4> kStates = {"starting", "ready", "retiring", "draining"};

/// The pools of one name in all fleets.
struct PoolGauges {
  std::array<std::uint64_t, kStates.size()> workers{};
  std::uint64_t wanted = 0;
  std::uint64_t max = 0;
  std::uint64_t queued = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t streaming = 0;
  std::uint64_t memory = 0;
  std::uint64_t largest = 0;
  std::uint64_t heap = 0;
  /// The sum of the ready workers.
  double utilization = 0;

  void add(const workers::PoolReport& pool);
  [[nodiscard]] double average_utilization() const {
    const std::uint64_t ready = workers[1] + workers[2];
    return ready == 0 ? 0 : utilization / static_cast<double>(ready);
  }
};

/// Returns the index in kStates; nothing for a worker that has ended.
std::size_t state_number(const workers::WorkerReport& worker) {
  switch (worker.state) {
    case WorkerState::starting:
      return 0;
    case WorkerState::ready:
      return worker.replacement_reason.empty() ? 1 : 2;
    case WorkerState::draining:
      return 3;
    case WorkerState::dead:
      break;
  }
  return kStates.size();
}

void PoolGauges::add(const workers::PoolReport& pool) {
  queued += pool.queued;
  for (const workers::WorkerReport& worker : pool.workers) {
    const std::size_t state = state_number(worker);
    if (state == kStates.size()) continue;
    ++workers[state];
    in_flight += worker.in_flight;
    streaming += worker.streaming;
    memory += worker.rss;
    largest = std::max(largest, worker.rss);
    heap += worker.heap_used;
    if (worker.state == WorkerState::ready) utilization += worker.utilization;
  }
}

using Pools = std::map<std::string, PoolGauges, std::less<>>;

Pools gauges_of(const std::vector<std::vector<workers::PoolReport>>& fleets) {
  Pools pools;
  bool in_service = true;
  for (const auto& fleet : fleets) {
    for (const workers::PoolReport& report : fleet) {
      PoolGauges& pool = pools[report.name];
      pool.add(report);
      // The fleets of other builds are about to start, or to end.
      if (!in_service) continue;
      pool.wanted = report.wanted;
      pool.max = report.max;
    }
    in_service = false;
  }
  return pools;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Writes the page's parts.
class Page {
 public:
  Page(Service& service, metrics::TextFormat format)
      : service_(service),
        counted_(service.metrics()),
        gauges_(service.gauges()),
        reports_(service.fleet_reports()),
        pools_(gauges_of(reports_)),
        page_(format) {}

  std::string write() {
    write_process();
    write_requests();
    write_connections();
    write_workers();
    write_worker_loads();
    write_queues();
    write_routes();
    write_caches();
    one(kLogDropped, base::StandardOutput::dropped());
    write_traces();
    return page_.finish();
  }

 private:
  template <typename Value>
  void one(const metrics::Family& family, const Value& value) {
    page_.begin(family);
    page_.add({}, value);
  }

  /// Writes a family with a sample for each pool of the fleets.
  template <typename Member>
  void each_pool(const metrics::Family& family, const Member& member) {
    page_.begin(family);
    for (const auto& [name, pool] : pools_) page_.add({{"pool", name}}, member(pool));
  }

  /// Writes a family with a sample for each pool that ever was.
  template <typename Member>
  void each_counted(const metrics::Family& family, const Member& member) {
    page_.begin(family);
    for (const auto& [name, pool] : counted_.pools.all()) {
      page_.add({{"pool", name}}, member(*pool));
    }
  }

  void write_process();
  void write_requests();
  void write_connections();
  void write_workers();
  void write_worker_loads();
  void write_queues();
  void write_routes();
  void write_caches();
  void write_traces();
  void write_lookups(std::string_view cache, const metrics::CacheMetrics& lookups);

  Service& service_;
  const metrics::ServerMetrics& counted_;
  ServiceGauges gauges_;
  std::vector<std::vector<workers::PoolReport>> reports_;
  Pools pools_;
  TextPage page_;
};

void Page::write_process() {
  const gateway::Site* const site = service_.site();
  page_.begin(kBuildInfo);
  const std::string_view build = site == nullptr ? "" : std::string_view(site->manifest.build_id);
  page_.add({{"version", kVersion}, {"build", build}}, std::uint64_t{1});
  using Seconds = std::chrono::duration<double>;
  one(kStartTime, Seconds(counted_.started.time_since_epoch()).count());
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  one(kProcessCpu, seconds(usage.ru_utime) + seconds(usage.ru_stime));
  one(kProcessMemory, std::uint64_t{workers::resident_memory(::getpid())});
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  one(kMaxFds, std::uint64_t{files.rlim_cur});
  one(kLoopDelay, counted_.loop_delay);
  one(kReady, std::uint64_t{service_.readiness() == Readiness::ready ? 1U : 0U});
  one(kDraining, std::uint64_t{gauges_.draining_fleets});
}

void Page::write_requests() {
  const metrics::RequestMetrics& requests = counted_.requests;
  page_.begin(kRequestDuration);
  requests.for_each([&](metrics::RouteLabels::Number label, std::size_t method, std::size_t status,
                        const metrics::DurationHistogram& durations) {
    const metrics::RouteLabels::Label& route = counted_.labels.at(label);
    page_.add({{"route", route.route},
               {"method", metrics::kMethods[method]},
               {"status", metrics::kStatusClasses[status]},
               {"pool", route.pool}},
              durations);
  });
  one(kRequestsInFlight, std::uint64_t{gauges_.requests});
  one(kRequestBytes, requests.request_bytes());
  one(kResponseBytes, requests.response_bytes());
  one(kMalformed, counted_.connections.malformed.value());
}

void Page::write_connections() {
  one(kConnections, std::uint64_t{gauges_.connections});
  one(kAccepted, counted_.connections.accepted.value());
  page_.begin(kRefused);
  page_.add({{"reason", "client"}}, counted_.connections.client_full.value());
  page_.add({{"reason", "total"}}, counted_.connections.server_full.value());
  page_.begin(kRequestsRefused);
  const gateway::RefusedRequests& refused = service_.server().traffic_control().refused();
  for (const auto& [rule, count] : refused.rates) {
    page_.add({{"reason", "rate"}, {"rule", rule}}, count);
  }
  page_.add({{"reason", "concurrency"}, {"rule", ""}}, refused.concurrency);
  page_.add({{"reason", "priority"}, {"rule", ""}}, refused.priority);
  page_.add({{"reason", "origin"}, {"rule", ""}}, refused.origin);
  one(kTunnels, counted_.tunnels.open());
  one(kTunnelsOpened, counted_.tunnels.opened());
  page_.begin(kHandshakes);
  page_.add({{"result", "full"}}, counted_.tls.full.value());
  page_.add({{"result", "resumed"}}, counted_.tls.resumed.value());
  page_.add({{"result", "failed"}}, counted_.tls.failed.value());
  one(kClientMemory, std::uint64_t{gauges_.client_memory});
  one(kClientMemoryLimit, std::uint64_t{gauges_.client_memory_limit});
}

void Page::write_workers() {
  page_.begin(kWorkers);
  for (const auto& [name, pool] : pools_) {
    for (std::size_t state = 0; state < kStates.size(); ++state) {
      page_.add({{"pool", name}, {"state", kStates[state]}}, pool.workers[state]);
    }
  }
  each_pool(kWorkersWanted, [](const PoolGauges& pool) { return pool.wanted; });
  each_pool(kWorkersMax, [](const PoolGauges& pool) { return pool.max; });
  each_counted(kWorkerStarts, [](const metrics::PoolMetrics& pool) { return pool.starts(); });
  page_.begin(kWorkerEnds);
  for (const auto& [name, pool] : counted_.pools.all()) {
    for (std::size_t cause = 0; cause < metrics::kWorkerEnds.size(); ++cause) {
      page_.add({{"pool", name}, {"cause", metrics::kWorkerEnds[cause]}},
                pool->ends(static_cast<metrics::WorkerEnd>(cause)));
    }
  }
}

void Page::write_worker_loads() {
  each_pool(kWorkerMemory, [](const PoolGauges& pool) { return pool.memory; });
  each_pool(kLargestWorker, [](const PoolGauges& pool) { return pool.largest; });
  each_pool(kWorkerHeap, [](const PoolGauges& pool) { return pool.heap; });
  each_counted(kWorkerCpu, [](const metrics::PoolMetrics& pool) {
    return static_cast<double>(pool.cpu_us()) / 1e6;
  });
  each_pool(kUtilization, [](const PoolGauges& pool) { return pool.average_utilization(); });
  each_counted(kWorkerTurns, [](const metrics::PoolMetrics& pool) { return pool.turns(); });
}

void Page::write_queues() {
  each_counted(kQueueDuration, [](const metrics::PoolMetrics& pool) { return pool.queue(); });
  each_pool(kQueueLength, [](const PoolGauges& pool) { return pool.queued; });
  each_pool(kInvocations, [](const PoolGauges& pool) { return pool.in_flight; });
  each_pool(kStreaming, [](const PoolGauges& pool) { return pool.streaming; });
  each_counted(kTakenBack, [](const metrics::PoolMetrics& pool) { return pool.taken_back(); });
  page_.begin(kRefusals);
  for (const auto& [name, pool] : counted_.pools.all()) {
    for (std::size_t reason = 0; reason < metrics::kRefusals.size(); ++reason) {
      page_.add({{"pool", name}, {"reason", metrics::kRefusals[reason]}},
                pool->refusals(static_cast<metrics::Refusal>(reason)));
    }
  }
}

void Page::write_routes() {
  std::vector<metrics::RouteCosts> costs(counted_.labels.size());
  for (const auto& [name, pool] : counted_.pools.all()) {
    for (std::size_t label = 0; label < pool->costs().size(); ++label) {
      costs[label].invocations += pool->costs()[label].invocations;
      costs[label].cpu_us += pool->costs()[label].cpu_us;
    }
  }
  const auto each = [&](const metrics::Family& family, const auto& member) {
    page_.begin(family);
    for (std::size_t label = 0; label < costs.size(); ++label) {
      if (costs[label].invocations == 0) continue;
      const auto& route = counted_.labels.at(static_cast<metrics::RouteLabels::Number>(label));
      page_.add({{"route", route.route}, {"pool", route.pool}}, member(costs[label]));
    }
  };
  each(kRouteInvocations, [](const metrics::RouteCosts& route) { return route.invocations; });
  each(kRouteCpu,
       [](const metrics::RouteCosts& route) { return static_cast<double>(route.cpu_us) / 1e6; });
  page_.begin(kRouteRetained);
  if (service_.fleet() == nullptr) return;
  const auto& routes = *service_.fleet()->last_load().routes;
  for (const workers::PoolReport& pool : reports_.front()) {
    for (const workers::RouteAccount& account : pool.routes) {
      if (account.route >= routes.size()) continue;
      page_.add({{"route", routes[account.route].path}, {"pool", pool.name}},
                account.retained_bytes);
    }
  }
}

void Page::write_lookups(std::string_view cache, const metrics::CacheMetrics& lookups) {
  page_.add({{"cache", cache}, {"result", "hit"}}, lookups.hits.value());
  page_.add({{"cache", cache}, {"result", "stale"}}, lookups.stale.value());
  page_.add({{"cache", cache}, {"result", "miss"}}, lookups.misses.value());
}

void Page::write_caches() {
  page_.begin(kCacheLookups);
  write_lookups("responses", counted_.response_cache);
  write_lookups("data", counted_.data_cache);
  page_.begin(kCacheBytes);
  page_.add({{"cache", "responses"}}, std::uint64_t{gauges_.response_cache});
  page_.add({{"cache", "data"}}, std::uint64_t{gauges_.data_cache});
  page_.begin(kCacheCapacity);
  page_.add({{"cache", "responses"}}, std::uint64_t{gauges_.cache_capacity});
  page_.add({{"cache", "data"}}, std::uint64_t{gauges_.cache_capacity});
}

void Page::write_traces() {
  one(kSpansExported, counted_.traces.exported.value());
  page_.begin(kSpansLost);
  page_.add({{"reason", "queue_full"}}, counted_.traces.dropped.value());
  page_.add({{"reason", "export_failed"}}, counted_.traces.failed.value());
}

}  // namespace

std::string metrics_page(Service& service, metrics::TextFormat format) {
  return Page(service, format).write();
}

}  // namespace millrace::serving
