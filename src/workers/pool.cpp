#include "workers/pool.hpp"

#include <algorithm>

namespace millrace::workers {

namespace {

/// So many starts in a row that died unready make the pool refuse rather than let clients wait.
constexpr std::uint32_t kHopelessStarts = 3;

}  // namespace

Pool::Pool(net::EventLoop& loop, const Role& role, Launch launch, PoolOptions options,
           Observer& observer)
    : loop_(loop),
      role_(role),
      launch_(std::move(launch)),
      options_(options),
      observer_(observer),
      supervisor_(options.supervisor, *this),
      reconcile_timer_(loop, [this] { loop_.at_turn_end(*this); }) {}

Pool::~Pool() = default;

void Pool::start(const Load& load) {
  load_ = load;
  loop_.at_turn_end(*this);
}

void Pool::load(const Load& load) {
  load_ = load;
  for (WorkerHandle* worker : workers_) worker->load(load);
}

void Pool::set_environment(std::vector<std::string> environment) {
  launch_.environment = std::move(environment);
}

Dispatch Pool::dispatch(Invocation& invocation) {
  if (draining_ || failing()) return Dispatch::refused;
  if (queue_.empty()) {
    if (WorkerHandle* worker = least_busy(invocation.request.generation)) {
      worker->invoke(invocation);
      return Dispatch::open;
    }
  }
  if (queue_.size() >= options_.queue) return Dispatch::refused;
  invocation.pool_ = this;
  invocation.state_ = Invocation::State::queued;
  invocation.queue_place_ = queue_.insert(queue_.end(), &invocation);
  return Dispatch::queued;
}

void Pool::withdraw(Invocation& invocation) {
  queue_.erase(invocation.queue_place_);
  invocation.pool_ = nullptr;
  invocation.state_ = Invocation::State::unused;
}

WorkerHandle* Pool::least_busy(std::uint32_t generation) const {
  WorkerHandle* best = nullptr;
  for (WorkerHandle* worker : workers_) {
    if (worker->state() != WorkerState::ready) continue;
    if (worker->generation() < generation || worker->oldest_generation() > generation) continue;
    if (worker->in_flight() >= options_.in_flight_per_worker) continue;
    if (best == nullptr || worker->in_flight() < best->in_flight()) best = worker;
  }
  return best;
}

bool Pool::failing() const {
  return supervisor_.failed_starts() >= kHopelessStarts &&
         supervisor_.count(WorkerState::ready) == 0;
}

void Pool::serve_queue() {
  while (!queue_.empty()) {
    Invocation& invocation = *queue_.front();
    const std::uint32_t generation = invocation.request.generation;
    if (WorkerHandle* worker = least_busy(generation)) {
      withdraw(invocation);
      worker->invoke(invocation);
      if (invocation.has_body) invocation.observer_.on_writable();
    } else if (outdated(generation)) {
      withdraw(invocation);
      invocation.state_ = Invocation::State::over;
      invocation.observer_.on_failed(Failure::stale_generation);
    } else {
      // Those behind it are of its generation or a newer one: there is no room for them either.
      return;
    }
  }
}

bool Pool::outdated(std::uint32_t generation) const {
  return std::any_of(workers_.begin(), workers_.end(), [&](const WorkerHandle* worker) {
    return worker->state() == WorkerState::ready && worker->oldest_generation() > generation;
  });
}

void Pool::fail_queue() {
  while (!queue_.empty()) {
    Invocation& invocation = *queue_.front();
    withdraw(invocation);
    invocation.state_ = Invocation::State::over;
    invocation.observer_.on_failed(Failure::unavailable);
  }
}

void Pool::drain() {
  draining_ = true;
  supervisor_.resize(0);
  loop_.at_turn_end(*this);
}

void Pool::run_at_turn_end() {
  const auto next = supervisor_.reconcile(net::Clock::now());
  if (next) {
    reconcile_timer_.set(*next);
  } else {
    reconcile_timer_.cancel();
  }
  if (draining_ || failing()) {
    fail_queue();
  } else {
    serve_queue();
  }
  if (draining_ && supervisor_.empty() && !announced_drained_) {
    announced_drained_ = true;
    observer_.on_pool_drained();
  }
}

std::unique_ptr<SupervisedWorker> Pool::spawn() {
  auto worker = WorkerHandle::start(loop_, role_, launch_, load_, *this);
  if (!worker) {
    observer_.on_pool_log(link::LogLevel::error,
                          "cannot start a worker: " + worker.error().message());
    return nullptr;
  }
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
  observer_.on_generation_ready(generation);
}

void Pool::on_load_failed(WorkerHandle& worker, std::uint32_t /*generation*/,
                          std::string_view error) {
  observer_.on_pool_log(link::LogLevel::error, error);
  // Its successor tries anew; requests for this generation wait for it or, where none can, fail.
  worker.kill("could not load the routes");
}

void Pool::on_worker_freed(WorkerHandle& /*worker*/) {
  if (!queue_.empty()) loop_.at_turn_end(*this);
}

void Pool::on_worker_dead(WorkerHandle& worker, const std::string& cause) {
  if (!draining_) {
    observer_.on_pool_log(link::LogLevel::error, "worker " + std::to_string(worker.pid()) +
                                                     " ended: " + cause + "; starting another");
  }
  loop_.at_turn_end(*this);
}

void Pool::on_worker_log(WorkerHandle& /*worker*/, link::LogLevel level, std::string_view text) {
  observer_.on_pool_log(level, text);
}

bool Pool::on_worker_cache(WorkerHandle& /*worker*/, std::string_view request, CacheReply reply) {
  return observer_.on_cache_request(request, std::move(reply));
}

}  // namespace millrace::workers
