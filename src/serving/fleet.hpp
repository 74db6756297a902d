// Fleet is what a Service knows of the workers that run one build. WorkerFleet has real ones; tests of
// the service play their part.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/event_loop.hpp"
#include "workers/dispatcher.hpp"
#include "workers/fleet.hpp"
#include "workers/worker_services.hpp"

namespace millrace::serving {

/// Belongs to the loop's thread. Destroy it when it has drained, or with the loop.
class Fleet {
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

  Fleet() = default;
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;
  virtual ~Fleet() = default;

  /// Starts the workers with their first generation. Once.
  virtual void start(const workers::Load& load) = 0;
  /// Asks all workers, and those to come, for another generation.
  virtual void load(const workers::Load& load) = 0;
  /// Replaces the environment ("NAME=value" each) of workers to come.
  virtual void set_environment(const std::vector<std::string>& environment) = 0;
  /// Lets workers finish and end; what waits in queues fails as `queued` says. on_fleet_drained()
  /// follows.
  virtual void drain(workers::Failure queued) = 0;

  /// Who gives requests to the workers; lives as long as the fleet.
  [[nodiscard]] virtual workers::Dispatcher& dispatcher() = 0;
  /// What was started or loaded last.
  [[nodiscard]] virtual const workers::Load& last_load() const = 0;
  [[nodiscard]] virtual std::vector<workers::PoolReport> report() const = 0;
  /// Has a worker write a heap snapshot; false where none is the process `worker`.
  [[nodiscard]] virtual bool write_snapshot(pid_t worker, const std::string& path) = 0;
};

/// Makes a fleet of these pools, one at least; RouteInfo::pool is a place in them. Loop, services and
/// observer outlive it.
using FleetFactory = std::function<std::shared_ptr<Fleet>(
    net::EventLoop& loop, std::vector<workers::PoolPlan> pools, workers::WorkerServices& services,
    Fleet::Observer& observer)>;

}  // namespace millrace::serving
