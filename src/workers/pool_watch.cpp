// What a pool looks at from time to time, and what it says of its workers: memory, samples, deaths.
#include <algorithm>
#include <utility>

#include "workers/pool.hpp"
#include "workers/process_memory.hpp"

namespace millrace::workers {

namespace {

using std::chrono::milliseconds;

/// Between looks at a pool in use, and at one that is not.
constexpr milliseconds kTick{1'000};
constexpr milliseconds kShortestTick{50};
constexpr milliseconds kIdleTick{5'000};
/// Between looks at memory where it has a limit: a worker can take a gigabyte in a second.
constexpr milliseconds kMemoryTick{100};

/// A heap this full is about to end its process.
constexpr double kNearlyFullHeap = 0.85;

/// A worker is replaced long before it has used up its stream numbers.
constexpr std::uint64_t kFewStreams = std::uint64_t{1} << 32U;

/// Routes named in a line about a death.
constexpr std::size_t kMostNamed = 3;

std::string megabytes(std::uint64_t bytes) { return std::to_string(bytes >> 20U) + " MB"; }

}  // namespace

milliseconds Pool::sampling_interval() const {
  // Who wants workers to end soon wants it seen soon that nothing comes.
  return std::clamp(options_.idle / 4, kShortestTick, kTick);
}

void Pool::ticking_faster() {
  in_use_ = true;
  const milliseconds interval = sampling_interval();
  const bool limited = options_.memory + options_.memory_hard > 0;
  tick_timer_.set_after(limited ? std::min(interval, kMemoryTick) : interval);
}

void Pool::tick() {
  if (draining_) return;
  const auto now = net::Clock::now();
  const bool sampling = now - sampled_at_ >= sampling_interval();
  std::size_t in_flight = queue_.size();
  for (WorkerHandle* worker : workers_) {
    in_flight += worker->in_flight();
    if (worker->state() != WorkerState::ready) continue;
    if (sampling) worker->ping(now, true);
    check_memory(*worker);
    if (worker->streams_left() < kFewStreams && !worker->retiring()) {
      retire(*worker, "the numbers of its streams come to their end");
    }
  }
  if (sampling) {
    sampled_at_ = now;
    loop_.at_turn_end(*this);
    in_use_ = used_ || in_flight > 0;
    used_lately_ = std::exchange(used_, false);
  }
  if (in_use_) return ticking_faster();
  tick_timer_.set_after(kIdleTick);
}

void Pool::check_memory(WorkerHandle& worker) {
  if (options_.memory == 0 && options_.memory_hard == 0) return;
  const std::uint64_t rss = resident_memory(worker.pid());
  if (options_.memory_hard > 0 && rss >= options_.memory_hard) {
    return worker.kill("memory limit: " + megabytes(rss) + " resident of " +
                       megabytes(options_.memory_hard));
  }
  if (options_.memory > 0 && rss >= options_.memory && !worker.retiring()) {
    retire(worker, megabytes(rss) + " resident, more than " + megabytes(options_.memory));
  }
}

void Pool::retire(WorkerHandle& worker, std::string reason) {
  std::string line = describe(worker) + " is being replaced: " + reason;
  if (const auto suspect = accountant_.suspect()) {
    line += "; suspect: " + path_of(suspect->route) + ", which seems to keep " +
            std::to_string(static_cast<std::uint64_t>(suspect->kept_bytes / 1024)) +
            " KB of each of its " + std::to_string(suspect->invocations) + " requests";
  }
  worker.retire(std::move(reason));
  observer_.on_pool_log(link::LogLevel::warn, line);
  loop_.at_turn_end(*this);
}

std::string Pool::path_of(std::uint32_t route) const {
  return route < load_.routes->size() ? (*load_.routes)[route].path
                                      : "route " + std::to_string(route);
}

void Pool::on_worker_sample(WorkerHandle& worker) {
  const Sample& sample = worker.sample();
  if (worker.generation() == load_.generation) {
    // What a worker says of routes that there are not, or twice of one, would only cost time.
    std::vector<bool> told(load_.routes->size());
    std::vector<RouteCost> costs;
    for (const RouteCost& cost : sample.routes) {
      if (cost.generation != load_.generation || cost.route >= told.size()) continue;
      if (told[cost.route]) continue;
      told[cost.route] = true;
      costs.push_back(cost);
    }
    accountant_.observe(costs, worker.grown().value_or(0));
  }
  const double limit = kNearlyFullHeap * static_cast<double>(options_.heap_limit);
  if (limit > 0 && static_cast<double>(sample.heap_used) >= limit && !worker.retiring()) {
    retire(worker, "its heap is nearly full, " + megabytes(sample.heap_used) + " of " +
                       megabytes(options_.heap_limit));
  }
  loop_.at_turn_end(*this);
}

void Pool::on_worker_late(WorkerHandle& worker) {
  observer_.on_pool_log(link::LogLevel::warn,
                        describe(worker) + " is being replaced: " + worker.retires_because() +
                            "; no other serves, so it is killed when another is ready");
  loop_.at_turn_end(*this);
}

void Pool::on_worker_dead(WorkerHandle& worker, const std::string& cause) {
  if (!draining_ && worker.state() == WorkerState::dead && !worker.ended_as_asked()) {
    ++deaths_;
    last_death_ = cause;
    observer_.on_pool_log(link::LogLevel::error, describe(worker) + " ended: " + cause +
                                                     at_hand(worker) + "; starting another");
    strike(worker);
  }
  loop_.at_turn_end(*this);
}

void Pool::strike(const WorkerHandle& worker) {
  // Somebody outside of Millrace has killed it: no route's doing.
  if (worker.killed_from_outside()) return;
  std::vector<std::uint32_t> routes;
  for (const AtHand& at_hand : worker.at_hand()) {
    if (at_hand.generation == load_.generation) routes.push_back(at_hand.route);
  }
  std::sort(routes.begin(), routes.end());
  routes.erase(std::unique(routes.begin(), routes.end()), routes.end());
  for (const std::uint32_t route : routes) {
    const auto pause = quarantine_.strike(route, net::Clock::now());
    if (pause.count() == 0 || route >= load_.routes->size()) continue;
    observer_.on_pool_log(
        link::LogLevel::error,
        (*load_.routes)[route].path +
            " pauses: it was at hand each time when its workers ended, and has answered nothing "
            "between; it is tried again in " +
            std::to_string(pause.count() / 1000) + " s");
  }
}

std::string Pool::describe(const WorkerHandle& worker) const {
  std::string text = "worker " + std::to_string(worker.pid());
  if (options_.name != "default") text += " of pool " + options_.name;
  return text;
}

std::string Pool::at_hand(const WorkerHandle& worker) const {
  const std::vector<AtHand>& all = worker.at_hand();
  if (all.empty()) return {};
  const auto& routes = *worker.last_load().routes;
  std::string text = "; at hand: ";
  std::vector<std::uint32_t> named;
  for (const AtHand& at_hand : all) {
    if (named.size() == kMostNamed) break;
    if (std::find(named.begin(), named.end(), at_hand.route) != named.end()) continue;
    if (!named.empty()) text += ", ";
    text += at_hand.route < routes.size() ? routes[at_hand.route].path
                                          : "route " + std::to_string(at_hand.route);
    text +=
        " (request " + std::to_string(worker.pid()) + "-" + std::to_string(at_hand.stream) + ")";
    named.push_back(at_hand.route);
  }
  if (all.size() > named.size()) text += ", " + std::to_string(all.size()) + " requests in all";
  return text;
}

PoolReport Pool::report() const {
  PoolReport report{.name = options_.name,
                    .wanted = scaler_.wanted(),
                    .min = options_.min,
                    .max = options_.max,
                    .queued = queue_.size(),
                    .deaths = deaths_,
                    .last_death = last_death_,
                    .workers = {},
                    .routes = accountant_.accounts()};
  const auto now = net::Clock::now();
  for (const WorkerHandle* worker : workers_) {
    report.workers.push_back(
        {.pid = worker->pid(),
         .state = worker->state(),
         .retires_because = worker->retires_because(),
         .in_flight = worker->in_flight(),
         .streaming = worker->streaming(),
         .invocations = worker->invocations(),
         .rss = resident_memory(worker->pid()),
         .heap_used = worker->sample().heap_used,
         .lag = std::chrono::duration_cast<std::chrono::microseconds>(worker->lag()),
         .utilization = worker->sample().utilization,
         .age = std::chrono::duration_cast<milliseconds>(now - worker->started_at())});
  }
  return report;
}

WorkerHandle* Pool::worker(pid_t pid) const {
  const auto found = std::find_if(workers_.begin(), workers_.end(),
                                  [pid](const WorkerHandle* w) { return w->pid() == pid; });
  return found == workers_.end() ? nullptr : *found;
}

}  // namespace millrace::workers
