#include "workers/pool_monitor.hpp"

#include <algorithm>

#include "workers/process_memory.hpp"

namespace millrace::workers {

namespace {

using std::chrono::milliseconds;

/// Intervals between checks of a pool that is in use, and of one that is idle.
constexpr milliseconds kTick{1'000};
constexpr milliseconds kShortestTick{50};
constexpr milliseconds kIdleTick{5'000};
/// The interval if memory is limited: a worker can allocate a gigabyte in a second.
constexpr milliseconds kMemoryTick{100};

/// With a heap this full a process is about to end.
constexpr double kNearlyFullHeap = 0.85;

/// The longest turn that is counted, in milliseconds: a day. A hostile worker may report more.
constexpr double kMostTurnMs = 86'400'000;

/// A worker is replaced long before its stream numbers are used up.
constexpr std::uint64_t kFewStreams = std::uint64_t{1} << 32U;

std::string megabytes(std::uint64_t bytes) { return std::to_string(bytes >> 20U) + " MB"; }

}  // namespace

PoolMonitor::PoolMonitor(net::EventLoop& loop, const PoolOptions& options, Quarantine& quarantine,
                         WorkerServices& services, Subject& subject)
    : options_(options),
      quarantine_(quarantine),
      services_(services),
      subject_(subject),
      timer_(loop, [this] { tick(net::Clock::now()); }) {}

void PoolMonitor::start() {
  restart();
  tick(net::Clock::now());
}

void PoolMonitor::stop() {
  pace_ = Pace::stopped;
  timer_.cancel();
}

milliseconds PoolMonitor::sampling_interval() const {
  // With a short idle time, idleness must be noticed sooner too.
  return std::clamp(options_.idle / 4, kShortestTick, kTick);
}

void PoolMonitor::schedule_tick() {
  pace_ = Pace::in_use;
  const milliseconds interval = sampling_interval();
  const bool limited = options_.memory + options_.memory_hard > 0;
  timer_.set_after(limited ? std::min(interval, kMemoryTick) : interval);
}

void PoolMonitor::tick(net::Clock::time_point now) {
  if (pace_ == Pace::stopped) return;
  const bool sampling = now - sampled_at_ >= sampling_interval();
  std::size_t in_flight = subject_.queued();
  for (WorkerHandle* worker : subject_.workers()) {
    in_flight += worker->streams().size();
    if (worker->state() != WorkerState::ready) continue;
    if (sampling) worker->ping(now, true);
    check(*worker);
  }
  if (sampling) {
    sampled_at_ = now;
    subject_.reconsider();
    pace_ = use_.now() || in_flight > 0 ? Pace::in_use : Pace::idle;
    use_.sampled();
  }
  if (pace_ == Pace::in_use) return schedule_tick();
  timer_.set_after(kIdleTick);
}

void PoolMonitor::check(WorkerHandle& worker) {
  check_memory(worker);
  if (worker.streams().left() < kFewStreams && !worker.marked_for_replacement()) {
    mark_for_replacement(worker, "its stream numbers are nearly used up");
  }
}

void PoolMonitor::check_memory(WorkerHandle& worker) {
  if (options_.memory == 0 && options_.memory_hard == 0) return;
  const std::uint64_t rss = resident_memory(worker.pid());
  if (options_.memory_hard > 0 && rss >= options_.memory_hard) {
    return worker.kill(
        metrics::WorkerEnd::memory_limit,
        "memory limit: " + megabytes(rss) + " resident of " + megabytes(options_.memory_hard));
  }
  if (options_.memory > 0 && rss >= options_.memory && !worker.marked_for_replacement()) {
    mark_for_replacement(worker,
                         megabytes(rss) + " resident, more than " + megabytes(options_.memory));
  }
}

void PoolMonitor::mark_for_replacement(WorkerHandle& worker, std::string reason) {
  std::string line = describe(worker) + " is being replaced: " + reason;
  if (const auto suspect = accountant_.suspect()) {
    line += "; suspect: " + subject_.newest().path_of(suspect->route) + ", which seems to retain " +
            std::to_string(static_cast<std::uint64_t>(suspect->retained_bytes / 1024)) +
            " KB for each of its " + std::to_string(suspect->invocations) + " requests";
  }
  worker.mark_for_replacement(std::move(reason));
  services_.log(link::LogLevel::warn, line);
  subject_.reconsider();
}

std::vector<RouteCost> PoolMonitor::costs_of(const Sample& sample) const {
  const Load& newest = subject_.newest();
  // Unknown or repeated routes in a worker's sample are ignored, because they would only waste
  // time.
  std::vector<bool> reported(newest.routes->size());
  std::vector<RouteCost> costs;
  for (const RouteCost& cost : sample.routes) {
    if (cost.generation != newest.generation || cost.route >= reported.size()) continue;
    if (reported[cost.route]) continue;
    reported[cost.route] = true;
    costs.push_back(cost);
  }
  return costs;
}

void PoolMonitor::on_sample(WorkerHandle& worker) {
  const LinkSession& session = worker.session();
  const Sample& sample = session.sample();
  const std::vector<RouteCost> costs = costs_of(sample);
  count(session, costs);
  if (session.generations() && session.generations()->newest == subject_.newest().generation) {
    accountant_.observe(costs, session.growth().value_or(0));
  }
  const double limit = kNearlyFullHeap * static_cast<double>(options_.heap_limit);
  if (limit > 0 && static_cast<double>(sample.heap_used) >= limit &&
      !worker.marked_for_replacement()) {
    mark_for_replacement(worker, "its heap is nearly full, " + megabytes(sample.heap_used) +
                                     " of " + megabytes(options_.heap_limit));
  }
  subject_.reconsider();
}

void PoolMonitor::count(const LinkSession& session, std::span<const RouteCost> costs) const {
  const double longest_ms = std::clamp(session.sample().loop_lag_ms, 0.0, kMostTurnMs);
  options_.metrics->sampled(std::chrono::nanoseconds(static_cast<std::int64_t>(longest_ms * 1e6)),
                            session.cpu_since_last_sample());
  const std::vector<RouteInfo>& routes = *subject_.newest().routes;
  for (const RouteCost& cost : costs) {
    options_.metrics->charged(routes[cost.route].label,
                              {.invocations = cost.invocations, .cpu_us = cost.cpu_us});
  }
}

void PoolMonitor::on_late(const WorkerHandle& worker) {
  services_.log(link::LogLevel::warn,
                describe(worker) + " is being replaced: " + worker.replacement_reason() +
                    "; no other worker can serve, so it is killed when another is ready");
  subject_.reconsider();
}

void PoolMonitor::on_dead(const WorkerHandle& worker, net::Clock::time_point now) {
  const CrashReport& report = worker.crash_report();
  options_.metrics->worker_ended(
      report.end(worker.session().sample().heap_used, worker.marked_for_replacement()));
  if (pace_ != Pace::stopped && !report.ended_as_asked()) {
    ++deaths_;
    last_death_ = worker.cause_of_death();
    services_.log(link::LogLevel::error,
                  describe(worker) + " ended: " + last_death_ +
                      report.name_in_flight(worker.pid(), worker.session().last_load()) +
                      "; starting another");
    record_crash(worker, now);
  }
  subject_.reconsider();
}

void PoolMonitor::record_crash(const WorkerHandle& worker, net::Clock::time_point now) {
  const CrashReport& report = worker.crash_report();
  // Killed by another process, not because of a route.
  if (report.killed_from_outside()) return;
  const Load& newest = subject_.newest();
  for (const std::uint32_t route : report.suspects(newest.generation)) {
    const auto pause = quarantine_.record_crash(route, now);
    if (pause.count() == 0 || route >= newest.routes->size()) continue;
    services_.log(link::LogLevel::error,
                  newest.path_of(route) + " is paused for " + std::to_string(pause.count() / 1000) +
                      " s: it was in flight " + std::to_string(Quarantine::kCrashesToPause) +
                      " times in a row or more when a worker ended, without a response in between");
  }
}

std::string PoolMonitor::describe(const WorkerHandle& worker) const {
  std::string text = "worker " + std::to_string(worker.pid());
  if (options_.name != "default") text += " of pool " + options_.name;
  return text;
}

}  // namespace millrace::workers
