#include "workers/supervisor.hpp"

#include <algorithm>
#include <utility>

namespace millrace::workers {

namespace {

void keep_earliest(std::optional<net::Clock::time_point>& earliest, net::Clock::time_point when) {
  if (!earliest || when < *earliest) earliest = when;
}

metrics::WorkerEnd end_of(Overrun::Limit limit) {
  using End = metrics::WorkerEnd;
  switch (limit) {
    case Overrun::Limit::start:
      return End::start_timeout;
    case Overrun::Limit::blocked:
      return End::blocked;
    case Overrun::Limit::deadline:
      return End::deadline;
    case Overrun::Limit::drain:
      return End::drain_timeout;
  }
  return End::blocked;
}

}  // namespace

std::optional<net::Clock::time_point> Supervisor::reconcile(net::Clock::time_point now) {
  expire(now);
  reap(now);
  cull();
  spawn(now);
  return next_deadline();
}

std::size_t Supervisor::count(WorkerState state) const {
  return static_cast<std::size_t>(std::count_if(
      workers_.begin(), workers_.end(), [state](const auto& w) { return w->state() == state; }));
}

std::size_t Supervisor::count_lasting(WorkerState state) const {
  return static_cast<std::size_t>(std::count_if(
      workers_.begin(), workers_.end(),
      [state](const auto& w) { return w->state() == state && !w->marked_for_replacement(); }));
}

void Supervisor::expire(net::Clock::time_point now) {
  const Allowance allowance{.start = start_factor_.value(now),
                            .blocked = blocked_factor_.value(now)};
  const Allowance before{.start = std::max(allowance.start / 2, 1U),
                         .blocked = std::max(allowance.blocked / 2, 1U)};
  std::vector<std::pair<SupervisedWorker*, Overrun>> found;
  late_.clear();
  for (const auto& worker : workers_) {
    if (worker->state() == WorkerState::dead) continue;
    // The worker is judged by the limit that it exceeded first: limits that have grown since then
    // apply to others.
    auto overrun = worker->overrun(now, worker->marked_for_replacement() ? before : allowance);
    if (!overrun) continue;
    late_.push_back(worker.get());
    found.emplace_back(worker.get(), *std::move(overrun));
  }
  for (const auto& [worker, overrun] : found) end(*worker, overrun, now);
}

void Supervisor::end(SupervisedWorker& worker, const Overrun& overrun, net::Clock::time_point now) {
  const bool serves = worker.state() == WorkerState::ready;
  if (serves && !overrun.far && !can_be_spared(worker)) {
    if (!worker.marked_for_replacement()) worker.replace(overrun.reason);
    return;
  }
  if (overrun.limit == Overrun::Limit::start) {
    // Counted, because the factor can decrease again while a sleeping worker is starting.
    if (!serves && start_factor_.value(now) < LimitFactor::kMost && excuses_ < kMostExcuses) {
      excused_.push_back(&worker);
      ++excuses_;
    }
    start_factor_.grow(now);
  }
  if (overrun.limit == Overrun::Limit::blocked) blocked_factor_.grow(now);
  worker.kill(end_of(overrun.limit), overrun.reason);
}

bool Supervisor::can_be_spared(const SupervisedWorker& worker) const {
  return std::any_of(workers_.begin(), workers_.end(), [&](const auto& other) {
    return other.get() != &worker && other->state() == WorkerState::ready &&
           std::find(late_.begin(), late_.end(), other.get()) == late_.end();
  });
}

void Supervisor::reap(net::Clock::time_point now) {
  for (auto it = workers_.begin(); it != workers_.end();) {
    SupervisedWorker& worker = **it;
    if (worker.state() != WorkerState::dead) {
      if (worker.state() == WorkerState::ready) failed_starts_ = excuses_ = 0;
      ++it;
      continue;
    }
    if (worker.was_ready()) {
      failed_starts_ = excuses_ = 0;
    } else if (std::erase(excused_, &worker) == 0) {
      delay_start(now);
    }
    spawner_.forget(worker);
    it = workers_.erase(it);
  }
}

void Supervisor::delay_start(net::Clock::time_point now) {
  const auto backoff = limits_.first_backoff * (1U << std::min(failed_starts_, 10U));
  next_start_ = now + std::min<net::Clock::duration>(backoff, limits_.longest_backoff);
  ++failed_starts_;
}

std::size_t Supervisor::wanted_now() const {
  return count_lasting(WorkerState::starting) + count_lasting(WorkerState::ready);
}

void Supervisor::cull() {
  std::size_t have = wanted_now();
  for (auto it = workers_.rbegin(); it != workers_.rend() && have > limits_.size; ++it) {
    const WorkerState state = (*it)->state();
    if ((*it)->marked_for_replacement() ||
        (state != WorkerState::starting && state != WorkerState::ready))
      continue;
    (*it)->drain();
    --have;
  }
  cull_replaced();
}

void Supervisor::cull_replaced() {
  std::size_t ready = count(WorkerState::ready);
  for (const auto& worker : workers_) {
    if (!worker->marked_for_replacement()) continue;
    if (worker->state() == WorkerState::starting) worker->drain();
    if (worker->state() != WorkerState::ready || ready <= limits_.size) continue;
    worker->drain();
    --ready;
  }
}

void Supervisor::spawn(net::Clock::time_point now) {
  if (now < next_start_) return;
  for (std::size_t have = wanted_now(); have < limits_.size; ++have) {
    auto worker = spawner_.spawn();
    if (!worker) return delay_start(now);
    workers_.push_back(std::move(worker));
  }
}

std::optional<net::Clock::time_point> Supervisor::next_deadline() const {
  std::optional<net::Clock::time_point> earliest;
  if (wanted_now() < limits_.size) keep_earliest(earliest, next_start_);
  for (const auto& worker : workers_) {
    if (worker->state() == WorkerState::dead) continue;
    if (const auto check = worker->next_check()) keep_earliest(earliest, *check);
  }
  return earliest;
}

}  // namespace millrace::workers
