#include "workers/worker_choice.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>

namespace millrace::workers {

namespace {

bool has_room(const WorkerHandle& worker, const PoolOptions& options) {
  const WorkerStreams& streams = worker.streams();
  return streams.working() < options.concurrency && !worker.session().congested() &&
         streams.left() > 0;
}

WorkerHandle* choose_least_busy(std::span<WorkerHandle* const> workers, const PoolOptions& options,
                                const link::InvokeView& request, net::Clock::time_point now) {
  // The project's listeners may be in one worker only.
  const Unrouted listening = request.upgrade                       ? Unrouted::upgrades
                             : request.route == protocol::kNoRoute ? Unrouted::all
                                                                   : Unrouted::none;
  WorkerHandle* best = nullptr;
  std::tuple<bool, bool, bool, bool, bool, std::size_t, std::size_t> best_rank;
  for (WorkerHandle* worker : workers) {
    if (!worker->serves(request.generation) || !has_room(*worker, options)) continue;
    const Pulse::State pulse = worker->watchdog().pulse(now);
    if (pulse == Pulse::State::unresponsive) continue;
    if (pulse == Pulse::State::quiet) worker->ping(now, false);
    // A worker that may be busy with something long gets an invocation only if no other can take
    // it.
    const WorkerStreams& streams = worker->streams();
    const std::tuple rank(request.upgrade && streams.tunnels_full(),
                          !worker->session().takes(listening), pulse != Pulse::State::lively,
                          worker->marked_for_replacement(), streams.streaming_full(),
                          streams.working(), streams.streaming() + streams.tunnels());
    if (best == nullptr || rank < best_rank) {
      best = worker;
      best_rank = rank;
    }
  }
  return best;
}

WorkerHandle* choose_the_one(std::span<WorkerHandle* const> workers, const PoolOptions& options,
                             std::uint32_t generation, net::Clock::time_point now) {
  WorkerHandle* first = nullptr;
  for (WorkerHandle* worker : workers) {
    if (!worker->serves(generation) || worker->watchdog().held()) continue;
    if (first == nullptr ||
        (first->marked_for_replacement() && !worker->marked_for_replacement())) {
      first = worker;
    }
  }
  if (first == nullptr || !has_room(*first, options)) return nullptr;
  const Pulse::State pulse = first->watchdog().pulse(now);
  // The ping finds out whether it responds; if it does not for long, another worker stands in.
  if (pulse == Pulse::State::quiet) first->ping(now, false);
  return pulse == Pulse::State::unresponsive ? nullptr : first;
}

}  // namespace

WorkerHandle* choose_worker(std::span<WorkerHandle* const> workers, const PoolOptions& options,
                            const link::InvokeView& request, net::Clock::time_point now) {
  return options.serving == Serving::one ? choose_the_one(workers, options, request.generation, now)
                                         : choose_least_busy(workers, options, request, now);
}

bool needs_stand_in(std::span<WorkerHandle* const> workers, const PoolOptions& options) {
  return options.serving == Serving::one &&
         std::any_of(workers.begin(), workers.end(), [](const WorkerHandle* worker) {
           return worker->watchdog().held() && !worker->marked_for_replacement();
         });
}

}  // namespace millrace::workers
