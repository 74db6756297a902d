// Fleet is the pools that serve one build of a project: each route's invocations go to the pool
// that runs it. A new build gets a fleet of its own beside the one in service, which drains when
// the new one has taken over.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/event_loop.hpp"
#include "workers/dispatcher.hpp"
#include "workers/pool.hpp"

namespace millrace::workers {

/// A pool to be.
struct PoolPlan {
  /// What its workers are; outlives the pool.
  const Role* role = &kNodeWorker;
  Launch launch;
  PoolOptions options;
};

/// Belongs to the loop's thread. Destroy it when it has drained, or with the loop.
class Fleet final : public Dispatcher, private Pool::Observer {
 public:
  /// Hears of the fleet, from the loop; must not destroy it inside a call.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// Every pool that has workers has loaded the newest generation.
    virtual void on_fleet_ready(Fleet& fleet) = 0;
    /// A worker could not load the newest generation, for the first time.
    virtual void on_fleet_failed(Fleet& fleet, std::string_view error) = 0;
    /// drain() is complete.
    virtual void on_fleet_drained(Fleet& fleet) = 0;
  };

  /// `plans`: one at least; RouteInfo::pool is a place in it. `services` and `observer` outlive the
  /// fleet.
  Fleet(net::EventLoop& loop, std::vector<PoolPlan> plans, WorkerServices& services,
        Observer& observer);

  /// Starts the workers. Once.
  void start(const Load& load);

  /// Asks all workers, and those to come, for another generation.
  void load(const Load& load);

  /// Replaces the environment of workers to come.
  void set_environment(const std::vector<std::string>& environment);

  /// Gives `invocation` to the pool of its route.
  [[nodiscard]] Dispatch dispatch(Invocation& invocation) override {
    if (invocation.request.route == protocol::kNoRoute) {
      // It may have ended since.
      Pool* const pool = listening_pool();
      return pool != nullptr ? pool->dispatch(invocation) : Dispatch::refused;
    }
    return pool_of(invocation.request.route).dispatch(invocation);
  }

  [[nodiscard]] bool listens() const override { return listening_pool() != nullptr; }

  /// Of the pool that runs the route.
  [[nodiscard]] std::string_view cache_scope(std::uint32_t route) const override {
    return pool_of(route).options().cache_scope;
  }

  /// Lets workers finish and end; what waits in queues fails as `queued` says. on_fleet_drained
  /// follows.
  void drain(Failure queued);

  [[nodiscard]] std::uint32_t generation() const { return load_.generation; }
  [[nodiscard]] const Load& last_load() const { return load_; }
  [[nodiscard]] std::vector<PoolReport> report() const;
  /// The worker with that process; null where there is none.
  [[nodiscard]] WorkerHandle* worker(pid_t pid) const;

 private:
  [[nodiscard]] Pool& pool_of(std::uint32_t route) const {
    return *pools_[route < load_.routes->size() ? (*load_.routes)[route].pool : 0];
  }
  [[nodiscard]] Pool* listening_pool() const {
    for (const auto& pool : pools_) {
      if (pool->listens()) return pool.get();
    }
    return nullptr;
  }
  [[nodiscard]] Load load_for(std::size_t pool) const;
  void on_generation_ready(Pool& pool, std::uint32_t generation) override;
  void on_generation_failed(Pool& pool, std::uint32_t generation, std::string_view error) override;
  void on_pool_drained(Pool& pool) override;
  [[nodiscard]] std::size_t pools_with_workers() const;

  Observer& observer_;
  Load load_;
  std::vector<std::unique_ptr<Pool>> pools_;
  std::size_t ready_pools_ = 0;
  std::size_t drained_pools_ = 0;
  bool failed_ = false;
};

}  // namespace millrace::workers
