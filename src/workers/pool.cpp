#include "workers/pool.hpp"

#include <algorithm>
#include <tuple>

#include "link/frame_encoder.hpp"

namespace millrace::workers {

namespace {

/// So many starts in a row that died unready make the pool refuse rather than let clients wait.
constexpr std::uint32_t kHopelessStarts = 3;

/// While workers load and none serves, requests wait so many times longer.
constexpr int kLoadingFactor = 10;

SupervisorLimits first_limits(const PoolOptions& options) {
  SupervisorLimits limits = options.supervisor;
  limits.size = options.min;
  return limits;
}

void keep_earliest(std::optional<net::Clock::time_point>& earliest,
                   std::optional<net::Clock::time_point> when) {
  if (when && (!earliest || *when < *earliest)) earliest = when;
}

}  // namespace

Pool::Pool(net::EventLoop& loop, const Role& role, Launch launch, PoolOptions options,
           Observer& observer)
    : loop_(loop),
      role_(role),
      launch_(std::move(launch)),
      options_(std::move(options)),
      observer_(observer),
      queue_(options_.queue),
      scaler_(options_),
      supervisor_(first_limits(options_), *this),
      reconcile_timer_(loop, [this] { loop_.at_turn_end(*this); }),
      tick_timer_(loop, [this] { tick(); }) {}

Pool::~Pool() = default;

void Pool::start(const Load& load) {
  load_ = load;
  quarantine_.restart(load.routes->size());
  accountant_.restart();
  loop_.at_turn_end(*this);
  tick();
}

void Pool::load(const Load& load) {
  load_ = load;
  quarantine_.restart(load.routes->size());
  accountant_.restart();
  for (WorkerHandle* worker : workers_) worker->load(load);
}

void Pool::set_environment(std::vector<std::string> environment) {
  launch_.environment = std::move(environment);
}

Dispatch Pool::dispatch(Invocation& invocation) {
  if (draining_) return Dispatch::outdated;
  if (protocol::encoded_size(invocation.request) > protocol::kMaxPayload) {
    return Dispatch::too_large;
  }
  if (failing()) return Dispatch::refused;
  const auto now = net::Clock::now();
  if (!quarantine_.admits(invocation.request.route, now)) return Dispatch::paused;
  used_ = true;
  if (!in_use_) ticking_faster();
  if (queue_.empty()) {
    if (WorkerHandle* worker = choose(invocation.request, now)) {
      open(*worker, invocation, now);
      return Dispatch::open;
    }
  }
  if (queue_.full()) return Dispatch::refused;
  queue_.add(invocation, now);
  // The scaler judges by the first that waits, the timer goes by it.
  if (queue_.size() == 1) loop_.at_turn_end(*this);
  return Dispatch::queued;
}

void Pool::open(WorkerHandle& worker, Invocation& invocation, net::Clock::time_point now) {
  worker.invoke(invocation, now);
  const std::uint32_t route = invocation.request.route;
  if (route >= load_.routes->size()) return;
  const auto limit = (*load_.routes)[route].max_duration;
  if (limit.count() == 0) return;
  invocation.set_deadline(deadlines_, now + limit);
  if (deadlines_.next() == now + limit) loop_.at_turn_end(*this);
}

WorkerHandle* Pool::choose(const link::InvokeView& request, net::Clock::time_point now) {
  return options_.serving == Serving::one ? choose_the_one(request.generation, now)
                                          : choose_least_busy(request, now);
}

bool Pool::has_room(const WorkerHandle& worker) const {
  return worker.working() < options_.concurrency && !worker.congested() &&
         worker.streams_left() > 0;
}

WorkerHandle* Pool::choose_least_busy(const link::InvokeView& request, net::Clock::time_point now) {
  const std::uint32_t generation = request.generation;
  const bool routed = request.route != protocol::kNoRoute;
  WorkerHandle* best = nullptr;
  std::tuple<bool, bool, bool, bool, std::size_t, std::size_t> best_rank;
  for (WorkerHandle* worker : workers_) {
    if (!worker->serves(generation) || !has_room(*worker)) continue;
    const Pulse::State pulse = worker->pulse(now);
    if (pulse == Pulse::State::unresponsive) continue;
    if (pulse == Pulse::State::quiet) worker->ping(now, false);
    // One that may be at work on something long gets nothing that another could do.
    const std::tuple rank(!routed && !worker->listening(), pulse != Pulse::State::lively,
                          worker->retiring(), worker->streams_full(), worker->working(),
                          worker->streaming());
    if (best == nullptr || rank < best_rank) {
      best = worker;
      best_rank = rank;
    }
  }
  return best;
}

WorkerHandle* Pool::choose_the_one(std::uint32_t generation, net::Clock::time_point now) {
  WorkerHandle* first = nullptr;
  for (WorkerHandle* worker : workers_) {
    if (!worker->serves(generation) || worker->held()) continue;
    if (first == nullptr || (first->retiring() && !worker->retiring())) first = worker;
  }
  if (first == nullptr || !has_room(*first)) return nullptr;
  const Pulse::State pulse = first->pulse(now);
  // It is asked whether it answers: where it does not for long, another is to stand in.
  if (pulse == Pulse::State::quiet) first->ping(now, false);
  return pulse == Pulse::State::unresponsive ? nullptr : first;
}

std::size_t Pool::stand_ins() const {
  if (options_.serving != Serving::one) return 0;
  const bool any = std::any_of(workers_.begin(), workers_.end(), [](const WorkerHandle* worker) {
    return worker->held() && !worker->retiring();
  });
  return any ? 1 : 0;
}

bool Pool::listens() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const WorkerHandle* worker) { return worker->listening(); });
}

bool Pool::failing() const {
  return supervisor_.failed_starts() >= kHopelessStarts &&
         supervisor_.count(WorkerState::ready) == 0;
}

void Pool::serve_queue(net::Clock::time_point now) {
  while (!queue_.empty()) {
    Invocation& invocation = queue_.front();
    const std::uint32_t generation = invocation.request.generation;
    if (WorkerHandle* worker = choose(invocation.request, now)) {
      queue_.remove(invocation);
      open(*worker, invocation, now);
      if (invocation.has_body) invocation.observer().on_writable();
    } else if (outdated(generation)) {
      queue_.fail(invocation, Failure::stale_generation);
    } else if (now - queue_.oldest() >= longest_wait()) {
      queue_.fail(invocation, Failure::unavailable);
    } else {
      // Those behind it are of its generation or a newer one: there is no room for them either.
      return;
    }
  }
}

std::chrono::milliseconds Pool::longest_wait() const {
  bool loads = false;
  for (const WorkerHandle* worker : workers_) {
    const bool ready = worker->state() == WorkerState::ready;
    if (ready && !worker->loading() && !worker->retiring()) return options_.queue_timeout;
    loads = loads || (ready && worker->loading()) || worker->state() == WorkerState::starting;
  }
  return loads ? options_.queue_timeout * kLoadingFactor : options_.queue_timeout;
}

void Pool::give_up_loading() {
  if (draining_ || !failing() || given_up_ == load_.generation) return;
  given_up_ = load_.generation;
  observer_.on_generation_failed(*this, load_.generation,
                                 last_death_.empty()
                                     ? "its workers cannot be started"
                                     : "its workers end before they are ready: " + last_death_);
}

bool Pool::outdated(std::uint32_t generation) const {
  return std::any_of(workers_.begin(), workers_.end(), [&](const WorkerHandle* worker) {
    return worker->state() == WorkerState::ready && worker->oldest_generation() > generation;
  });
}

void Pool::drain(Failure queued) {
  draining_ = true;
  queue_fails_as_ = queued;
  supervisor_.resize(0);
  loop_.at_turn_end(*this);
}

void Pool::expire(net::Clock::time_point now) {
  while (Invocation* invocation = deadlines_.due(now)) {
    invocation->stream()->host->expire(*invocation, now);
  }
}

void Pool::scale(net::Clock::time_point now) {
  PoolLoad load{.workers = supervisor_.count_lasting(WorkerState::starting) +
                           supervisor_.count_lasting(WorkerState::ready),
                .ready = supervisor_.count_lasting(WorkerState::ready),
                .queued = queue_.size(),
                .used = used_ || used_lately_};
  if (!queue_.empty()) load.oldest_wait = now - queue_.oldest();
  for (const WorkerHandle* worker : workers_) {
    load.in_flight += worker->in_flight();
    // One that does not answer is as busy as can be, whatever it said last.
    if (worker->state() == WorkerState::ready && !worker->retiring()) {
      load.busy += worker->answer_overdue(now) ? 1 : worker->sample().utilization;
    }
  }
  supervisor_.resize(scaler_.look(load, now) + stand_ins());
}

void Pool::run_at_turn_end() {
  const auto now = net::Clock::now();
  expire(now);
  if (!draining_) scale(now);
  std::optional<net::Clock::time_point> next = supervisor_.reconcile(now);
  if (draining_ || failing()) {
    while (!queue_.empty()) queue_.fail(queue_.front(), queue_fails_as_);
  } else {
    serve_queue(now);
  }
  keep_earliest(next, deadlines_.next());
  if (!draining_) keep_earliest(next, scaler_.next_look());
  if (!queue_.empty()) {
    // Whether another worker is wanted shows soon; one that is silent may never call.
    keep_earliest(next, now + options_.target_wait);
    keep_earliest(next, queue_.oldest() + longest_wait());
  }
  set_timer(next);
  give_up_loading();
  if (draining_ && supervisor_.empty() && !announced_drained_) {
    announced_drained_ = true;
    observer_.on_pool_drained(*this);
  }
}

void Pool::set_timer(std::optional<net::Clock::time_point> next) {
  if (next) {
    reconcile_timer_.set(*next);
  } else {
    reconcile_timer_.cancel();
  }
}

std::unique_ptr<SupervisedWorker> Pool::spawn() {
  auto worker = WorkerHandle::start(loop_, role_, launch_, load_, *this);
  if (!worker) {
    observer_.on_pool_log(link::LogLevel::error,
                          "cannot start a worker: " + worker.error().message());
    return nullptr;
  }
  (*worker)->set_limits({.blocked = options_.blocked,
                         .start = options_.start_timeout,
                         .drain = options_.drain_timeout,
                         .held = options_.held});
  (*worker)->set_heap_limit(options_.heap_limit);
  (*worker)->set_most_streaming(options_.streams);
  (*worker)->set_first_stream(options_.first_stream);
  workers_.push_back(worker->get());
  return std::move(worker).value();
}

void Pool::forget(SupervisedWorker& worker) {
  std::erase_if(workers_, [&](const WorkerHandle* known) { return known == &worker; });
}

void Pool::on_worker_ready(WorkerHandle& /*worker*/, std::uint32_t generation) {
  loop_.at_turn_end(*this);
  if (generation != load_.generation || announced_generation_ == generation) return;
  const bool all = std::all_of(workers_.begin(), workers_.end(), [&](const WorkerHandle* w) {
    return w->state() != WorkerState::ready || w->generation() == generation;
  });
  if (!all) return;
  announced_generation_ = generation;
  observer_.on_generation_ready(*this, generation);
}

void Pool::on_load_failed(WorkerHandle& worker, std::uint32_t generation, std::string_view error) {
  observer_.on_pool_log(link::LogLevel::error, error);
  // Its successor tries anew; requests for this generation wait for it or, where none can, fail.
  worker.kill("could not load the routes");
  observer_.on_generation_failed(*this, generation, error);
}

void Pool::on_worker_freed(WorkerHandle& /*worker*/) {
  // Where one serves, who stands in for it may not be needed any more.
  const bool stands_in = options_.serving == Serving::one && workers_.size() > 1;
  if (!queue_.empty() || stands_in) loop_.at_turn_end(*this);
}

void Pool::on_worker_answered(WorkerHandle& /*worker*/, std::uint32_t generation,
                              std::uint32_t route) {
  if (generation == load_.generation) quarantine_.answered(route);
}

void Pool::on_worker_log(WorkerHandle& /*worker*/, link::LogLevel level, std::string_view text) {
  observer_.on_pool_log(level, text);
}

bool Pool::on_worker_cache(WorkerHandle& /*worker*/, std::string_view request, CacheReply reply) {
  return observer_.on_cache_request(*this, request, std::move(reply));
}

}  // namespace millrace::workers
