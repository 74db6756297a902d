#include "workers/fleet.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace millrace::workers {

Fleet::Fleet(net::EventLoop& loop, std::vector<PoolPlan> plans, WorkerServices& services,
             Observer& observer)
    : observer_(observer) {
  MILLRACE_ASSERT(!plans.empty());
  for (PoolPlan& plan : plans) {
    pools_.push_back(std::make_unique<Pool>(loop, *plan.role, std::move(plan.launch),
                                            std::move(plan.options), services,
                                            static_cast<Pool::Observer&>(*this)));
  }
}

void Fleet::start(const Load& load) {
  load_ = load;
  for (std::size_t i = 0; i < pools_.size(); ++i) pools_[i]->start(load_for(i));
}

Load Fleet::load_for(std::size_t pool) const {
  Load load = load_;
  load.pool = pool;
  return load;
}

void Fleet::load(const Load& load) {
  load_ = load;
  ready_pools_ = 0;
  failed_ = false;
  for (std::size_t i = 0; i < pools_.size(); ++i) pools_[i]->load(load_for(i));
}

void Fleet::set_environment(const std::vector<std::string>& environment) {
  for (const auto& pool : pools_) pool->set_environment(environment);
}

void Fleet::drain(Failure queued) {
  for (const auto& pool : pools_) pool->drain(queued);
}

std::vector<PoolReport> Fleet::report() const {
  std::vector<PoolReport> reports;
  reports.reserve(pools_.size());
  for (const auto& pool : pools_) reports.push_back(pool->report());
  return reports;
}

WorkerHandle* Fleet::worker(pid_t pid) const {
  for (const auto& pool : pools_) {
    if (WorkerHandle* found = pool->worker(pid)) return found;
  }
  return nullptr;
}

std::size_t Fleet::pools_with_workers() const {
  return static_cast<std::size_t>(std::count_if(
      pools_.begin(), pools_.end(), [](const auto& pool) { return pool->options().min > 0; }));
}

void Fleet::on_generation_ready(Pool& /*pool*/, std::uint32_t generation) {
  if (generation == load_.generation && ++ready_pools_ == pools_with_workers()) {
    observer_.on_fleet_ready(*this);
  }
}

void Fleet::on_generation_failed(Pool& /*pool*/, std::uint32_t generation, std::string_view error) {
  if (generation != load_.generation || std::exchange(failed_, true)) return;
  observer_.on_fleet_failed(*this, error);
}

void Fleet::on_pool_drained(Pool& /*pool*/) {
  if (++drained_pools_ == pools_.size()) observer_.on_fleet_drained(*this);
}

bool Fleet::serves() const {
  const auto ready = [](const auto& pool) { return pool->ready_workers() > 0; };
  const auto on_demand = [](const auto& pool) { return pool->options().min == 0; };
  return std::any_of(pools_.begin(), pools_.end(), ready) ||
         std::all_of(pools_.begin(), pools_.end(), on_demand);
}

}  // namespace millrace::workers
