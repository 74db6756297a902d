#include "workers/pool_report.hpp"

#include "workers/process_memory.hpp"
#include "workers/worker_handle.hpp"

namespace millrace::workers {

WorkerReport report_of(const WorkerHandle& worker, net::Clock::time_point now) {
  using std::chrono::duration_cast;
  const Sample& sample = worker.session().sample();
  return {.pid = worker.pid(),
          .state = worker.state(),
          .replacement_reason = worker.replacement_reason(),
          .in_flight = worker.streams().size(),
          .streaming = worker.streams().streaming(),
          .invocations = worker.streams().opened(),
          .rss = resident_memory(worker.pid()),
          .heap_used = sample.heap_used,
          .lag = duration_cast<std::chrono::microseconds>(worker.watchdog().lag()),
          .utilization = sample.utilization,
          .age = duration_cast<std::chrono::milliseconds>(now - worker.started_at())};
}

}  // namespace millrace::workers
