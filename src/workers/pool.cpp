#include "workers/pool.hpp"

#include <algorithm>

#include "link/frame_encoder.hpp"
#include "workers/worker_choice.hpp"

namespace millrace::workers {

namespace {

/// After this many failed starts in a row the pool rejects requests instead of letting clients
/// wait.
constexpr std::uint32_t kMostFailedStarts = 3;

/// While workers load and none is ready, requests may wait this many times longer.
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
           WorkerServices& services, Observer& observer)
    : loop_(loop),
      role_(role),
      launch_(std::move(launch)),
      options_(std::move(options)),
      services_(services),
      observer_(observer),
      queue_(options_.queue),
      monitor_(loop, options_, quarantine_, services, *this),
      scaler_(options_),
      supervisor_(first_limits(options_), *this),
      reconcile_timer_(loop, [this] { loop_.at_turn_end(*this); }),
      watch_timer_(loop, [this] { watch(); }) {}

Pool::~Pool() = default;

void Pool::start(const Load& load) {
  load_ = load;
  quarantine_.restart(load.routes->size());
  loop_.at_turn_end(*this);
  monitor_.start();
}

void Pool::load(const Load& load) {
  load_ = load;
  quarantine_.restart(load.routes->size());
  monitor_.restart();
  for (WorkerHandle* worker : workers_) worker->load(load);
}

void Pool::set_environment(std::vector<std::string> environment) {
  launch_.environment = std::move(environment);
}

Dispatch Pool::dispatch(Invocation& invocation) {
  using metrics::Refusal;
  if (phase_ != Phase::serving) return Dispatch::outdated;
  if (protocol::encoded_size(invocation.request) > protocol::kMaxPayload) {
    return Dispatch::too_large;
  }
  if (failing()) return refuse(Refusal::no_worker, Dispatch::refused);
  const auto now = loop_.now();
  if (!quarantine_.admits(invocation.request.route, now)) {
    return refuse(Refusal::quarantine, Dispatch::paused);
  }
  if (options_.upgrades == 0) invocation.request.upgrade = false;
  // A tunnel can last for hours: waiting for the end of another is of no use.
  if (invocation.request.upgrade && tunnels_full(invocation.request.generation)) {
    return refuse(Refusal::upgrades, Dispatch::refused);
  }
  monitor_.used();
  if (queue_.empty()) {
    if (WorkerHandle* worker = choose(invocation, now)) {
      open(*worker, invocation, now);
      return Dispatch::open;
    }
  }
  if (queue_.full()) return refuse(Refusal::queue_full, Dispatch::refused);
  queue_.add(invocation, now);
  // The scaler and the timer depend on the first invocation in the queue.
  if (queue_.size() == 1) loop_.at_turn_end(*this);
  return Dispatch::queued;
}

Dispatch Pool::refuse(metrics::Refusal why, Dispatch how) {
  options_.metrics->refused(why);
  return how;
}

void Pool::fail_queued(Invocation& invocation, metrics::Refusal why) {
  options_.metrics->refused(why);
  queue_.fail(invocation,
              why == metrics::Refusal::draining ? queue_fails_as_ : Failure::unavailable);
}

WorkerHandle* Pool::choose(const Invocation& invocation, net::Clock::time_point now) const {
  return choose_worker(workers_, options_, invocation.request, now);
}

void Pool::open(WorkerHandle& worker, Invocation& invocation, net::Clock::time_point now) {
  options_.metrics->opened(invocation.waited().value_or(net::Clock::duration(0)));
  worker.invoke(invocation, now);
  start_watch();
  const std::uint32_t route = invocation.request.route;
  if (route >= load_.routes->size()) return;
  const auto limit = (*load_.routes)[route].max_duration;
  if (limit.count() == 0) return;
  invocation.set_deadline(deadlines_, now + limit);
  if (deadlines_.next() == now + limit) loop_.at_turn_end(*this);
}

bool Pool::listens(Unrouted which) const {
  return std::any_of(workers_.begin(), workers_.end(), [which](const WorkerHandle* worker) {
    return worker->session().takes(which);
  });
}

bool Pool::tunnels_full(std::uint32_t generation) const {
  bool any = false;
  for (const WorkerHandle* worker : workers_) {
    if (!worker->serves(generation)) continue;
    if (!worker->streams().tunnels_full()) return false;
    any = true;
  }
  return any;
}

bool Pool::failing() const {
  return supervisor_.failed_starts() >= kMostFailedStarts &&
         supervisor_.count(WorkerState::ready) == 0;
}

void Pool::serve_queue(net::Clock::time_point now) {
  while (!queue_.empty()) {
    Invocation& invocation = queue_.front();
    if (WorkerHandle* worker = choose(invocation, now)) {
      invocation.take(now);
      queue_.remove(invocation);
      open(*worker, invocation, now);
      if (invocation.wants_body()) invocation.observer().on_writable();
    } else if (outdated(invocation.request.generation)) {
      // What was sent of its body cannot be sent again to another route.
      queue_.fail(invocation,
                  invocation.has_sent_body() ? Failure::unavailable : Failure::stale_generation);
    } else if (now - queue_.oldest() >= longest_wait()) {
      fail_queued(invocation, metrics::Refusal::queue_timeout);
    } else {
      // Later invocations are of the same generation or a newer one, so there is no room for them
      // either.
      return;
    }
  }
}

void Pool::start_watch() {
  // A single worker's invocations can be given to no other.
  if (workers_.size() > 1 && !watch_timer_.pending()) watch_timer_.set_after(Pulse::kQuietAfter);
}

void Pool::watch() {
  const auto now = net::Clock::now();
  bool goes_on = false;
  for (WorkerHandle* const worker : workers_) {
    if (worker->listen(now)) goes_on = true;
    if (phase_ != Phase::serving || worker->watchdog().pulse(now) != Pulse::State::unresponsive) {
      continue;
    }
    const Invocation* const unread = worker->streams().unread();
    if (unread != nullptr && choose(*unread, now) != nullptr) take_back(*worker);
  }
  if (goes_on) start_watch();
}

void Pool::take_back(WorkerHandle& worker) {
  const std::vector<WorkerStreams::TakenBack> taken = worker.take_back();
  if (taken.empty()) return;
  options_.metrics->taken_back(taken.size());
  for (auto one = taken.rbegin(); one != taken.rend(); ++one) {
    queue_.add_first(*one->invocation, one->since);
  }
  while (queue_.overfull()) fail_queued(queue_.back(), metrics::Refusal::queue_full);
  loop_.at_turn_end(*this);
}

std::chrono::milliseconds Pool::longest_wait() const {
  bool loads = false;
  for (const WorkerHandle* worker : workers_) {
    const bool ready = worker->state() == WorkerState::ready;
    const bool loading = worker->session().loads_modules();
    if (ready && !loading && !worker->marked_for_replacement()) return options_.queue_timeout;
    loads = loads || (ready && loading) || worker->state() == WorkerState::starting;
  }
  return loads ? options_.queue_timeout * kLoadingFactor : options_.queue_timeout;
}

void Pool::give_up_loading() {
  if (phase_ != Phase::serving || !failing() || given_up_ == load_.generation) return;
  given_up_ = load_.generation;
  const std::string& cause = monitor_.last_death();
  observer_.on_generation_failed(*this, load_.generation,
                                 cause.empty() ? "its workers cannot be started"
                                               : "its workers end before they are ready: " + cause);
}

bool Pool::outdated(std::uint32_t generation) const {
  return std::any_of(workers_.begin(), workers_.end(), [&](const WorkerHandle* worker) {
    return worker->state() == WorkerState::ready &&
           worker->session().generations()->oldest > generation;
  });
}

void Pool::drain(Failure queued) {
  if (phase_ == Phase::serving) phase_ = Phase::draining;
  queue_fails_as_ = queued;
  monitor_.stop();
  supervisor_.resize(0);
  loop_.at_turn_end(*this);
}

void Pool::expire(net::Clock::time_point now) {
  while (Invocation* invocation = deadlines_.due(now)) {
    invocation->stream()->host->expire(*invocation, now);
  }
}

PoolLoad Pool::current_load(net::Clock::time_point now) const {
  PoolLoad load{.workers = supervisor_.count_lasting(WorkerState::starting) +
                           supervisor_.count_lasting(WorkerState::ready),
                .ready = supervisor_.count_lasting(WorkerState::ready),
                .queued = queue_.size(),
                .used = monitor_.used_lately()};
  if (!queue_.empty()) load.oldest_wait = now - queue_.oldest();
  for (const WorkerHandle* worker : workers_) {
    load.in_flight += worker->streams().size();
    // A worker that does not respond counts as fully busy, whatever it last reported.
    if (worker->state() == WorkerState::ready && !worker->marked_for_replacement()) {
      const bool silent = worker->watchdog().pong_overdue(now);
      load.busy += silent ? 1 : worker->session().sample().utilization;
    }
  }
  return load;
}

void Pool::scale(net::Clock::time_point now) {
  const std::size_t stand_ins = needs_stand_in(workers_, options_) ? 1 : 0;
  supervisor_.resize(scaler_.update(current_load(now), now) + stand_ins);
}

void Pool::run_at_turn_end() {
  const auto now = net::Clock::now();
  expire(now);
  const bool serving = phase_ == Phase::serving;
  if (serving) scale(now);
  const std::optional<net::Clock::time_point> next = supervisor_.reconcile(now);
  if (!serving || failing()) {
    const auto why = serving ? metrics::Refusal::no_worker : metrics::Refusal::draining;
    while (!queue_.empty()) fail_queued(queue_.front(), why);
  } else {
    serve_queue(now);
  }
  set_timer(next, now);
  give_up_loading();
  if (phase_ == Phase::draining && supervisor_.empty()) {
    phase_ = Phase::drained;
    observer_.on_pool_drained(*this);
  }
}

void Pool::set_timer(std::optional<net::Clock::time_point> next, net::Clock::time_point now) {
  keep_earliest(next, deadlines_.next());
  if (phase_ == Phase::serving) keep_earliest(next, scaler_.next_check());
  if (!queue_.empty()) {
    // The scaler must be updated soon, because a silent worker may cause no event.
    keep_earliest(next, now + options_.target_wait);
    keep_earliest(next, queue_.oldest() + longest_wait());
  }
  if (next) {
    reconcile_timer_.set(*next);
  } else {
    reconcile_timer_.cancel();
  }
}

std::unique_ptr<SupervisedWorker> Pool::spawn() {
  WorkerOptions options{.session = {.role = role_,
                                    .load = load_,
                                    .streams = {.streaming = options_.streams,
                                                .tunnels = options_.upgrades,
                                                .first = options_.first_stream},
                                    .cache_scope = options_.cache_scope},
                        .work = {.blocked = options_.blocked,
                                 .start = options_.start_timeout,
                                 .drain = options_.drain_timeout,
                                 .held = options_.held},
                        .heap_limit = options_.heap_limit};
  auto worker = WorkerHandle::start(loop_, launch_, std::move(options), services_, *this);
  if (!worker) {
    services_.log(link::LogLevel::error, "cannot start a worker: " + worker.error().message());
    return nullptr;
  }
  options_.metrics->worker_started();
  workers_.push_back(worker->get());
  return std::move(worker).value();
}

void Pool::forget(SupervisedWorker& worker) {
  std::erase_if(workers_, [&](const WorkerHandle* known) { return known == &worker; });
}

void Pool::on_worker_ready(WorkerHandle& /*worker*/, std::uint32_t generation) {
  loop_.at_turn_end(*this);
  start_watch();
  if (generation != load_.generation || announced_generation_ == generation) return;
  const bool all = std::all_of(workers_.begin(), workers_.end(), [&](const WorkerHandle* w) {
    return w->state() != WorkerState::ready || w->session().generations()->newest == generation;
  });
  if (!all) return;
  announced_generation_ = generation;
  observer_.on_generation_ready(*this, generation);
}

void Pool::on_load_failed(WorkerHandle& worker, std::uint32_t generation, std::string_view error) {
  services_.log(link::LogLevel::error, error);
  // A new worker retries the load; requests for this generation wait for it or, if none can load
  // it, fail.
  worker.kill(metrics::WorkerEnd::load_failed, "could not load the routes");
  observer_.on_generation_failed(*this, generation, error);
}

void Pool::on_worker_freed(WorkerHandle& /*worker*/) {
  // If the pool serves with one worker, its stand-in may no longer be needed.
  const bool stands_in = options_.serving == Serving::one && workers_.size() > 1;
  if (!queue_.empty() || stands_in) loop_.at_turn_end(*this);
}

void Pool::on_worker_responded(WorkerHandle& /*worker*/, std::uint32_t generation,
                               std::uint32_t route) {
  if (generation == load_.generation) quarantine_.responded(route);
}

void Pool::on_worker_ended(WorkerHandle& worker) {
  if (phase_ == Phase::serving) take_back(worker);
}

void Pool::on_worker_dead(WorkerHandle& worker) { monitor_.on_dead(worker, net::Clock::now()); }

PoolReport Pool::report() const {
  PoolReport report{.name = options_.name,
                    .wanted = scaler_.wanted(),
                    .min = options_.min,
                    .max = options_.max,
                    .queued = queue_.size(),
                    .deaths = monitor_.deaths(),
                    .last_death = monitor_.last_death(),
                    .workers = {},
                    .routes = monitor_.accounts()};
  const auto now = net::Clock::now();
  for (const WorkerHandle* worker : workers_) report.workers.push_back(report_of(*worker, now));
  return report;
}

WorkerHandle* Pool::worker(pid_t pid) const {
  const auto found = std::find_if(workers_.begin(), workers_.end(),
                                  [pid](const WorkerHandle* w) { return w->pid() == pid; });
  return found == workers_.end() ? nullptr : *found;
}

}  // namespace millrace::workers
