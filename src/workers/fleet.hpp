// Fleet is the set of pools that serve one build of a project. It passes each route's invocations
// to the pool that runs the route. A new build gets a fleet of its own beside the one in service,
// which drains when the new fleet is promoted.
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

/// How to create a pool.
struct PoolPlan {
  /// The role of its workers; must outlive the pool.
  const Role* role = &kNodeWorker;
  Launch launch;
  PoolOptions options;
};

/// Belongs to the loop's thread. Destroy it when it has drained, or together with the loop.
class Fleet final : public Dispatcher, private Pool::Observer {
 public:
  /// Receives the fleet's events, from the loop; must not destroy the fleet inside a call.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// Every pool that has workers has loaded the newest generation.
    virtual void on_fleet_ready(Fleet& fleet) = 0;
    /// A worker could not load the newest generation; reported once for each generation.
    virtual void on_fleet_failed(Fleet& fleet, std::string_view error) = 0;
    /// drain() is complete.
    virtual void on_fleet_drained(Fleet& fleet) = 0;
  };

  /// `plans` must contain at least one pool; RouteInfo::pool is an index into it. `services` and
  /// `observer` must outlive the fleet.
  Fleet(net::EventLoop& loop, std::vector<PoolPlan> plans, WorkerServices& services,
        Observer& observer);

  /// Starts the workers. Called once.
  void start(const Load& load);

  /// Makes all workers, current and future, load another generation.
  void load(const Load& load);

  /// Replaces the environment of workers that start later.
  void set_environment(const std::vector<std::string>& environment);

  /// Gives `invocation` to the pool of its route.
  [[nodiscard]] Dispatch dispatch(Invocation& invocation) override {
    if (invocation.request.route == protocol::kNoRoute) {
      // The worker may have ended in the meantime.
      Pool* const pool =
          listening_pool(invocation.request.upgrade ? Unrouted::upgrades : Unrouted::all);
      return pool != nullptr ? pool->dispatch(invocation) : Dispatch::refused;
    }
    return pool_of(invocation.request.route).dispatch(invocation);
  }

  [[nodiscard]] bool listens(Unrouted which) const override {
    return listening_pool(which) != nullptr;
  }

  /// Returns the scope of the pool that runs the route.
  [[nodiscard]] std::string_view cache_scope(std::uint32_t route) const override {
    return pool_of(route).options().cache_scope;
  }

  [[nodiscard]] double queue_share(std::uint32_t route) const override {
    return pool_of(route).queue_share();
  }

  [[nodiscard]] std::string_view pool_name(std::uint32_t route) const override {
    return pool_of(route).options().name;
  }

  /// Drains the workers; queued invocations fail with `queued`. on_fleet_drained() follows.
  void drain(Failure queued);

  [[nodiscard]] std::uint32_t generation() const { return load_.generation; }
  [[nodiscard]] const Load& last_load() const { return load_; }
  [[nodiscard]] std::vector<PoolReport> report() const;
  [[nodiscard]] bool serves() const override;
  /// Returns the worker with that process id, or null if there is none.
  [[nodiscard]] WorkerHandle* worker(pid_t pid) const;

 private:
  [[nodiscard]] Pool& pool_of(std::uint32_t route) const {
    return *pools_[route < load_.routes->size() ? (*load_.routes)[route].pool : 0];
  }
  [[nodiscard]] Pool* listening_pool(Unrouted which) const {
    for (const auto& pool : pools_) {
      if (pool->listens(which)) return pool.get();
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
