// Fleet is the Service's interface to the workers that run one build. WorkerFleet implements it
// with worker processes; tests of the service use a fake.
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

/// Belongs to the loop's thread. Destroy it when it has drained, or together with the loop.
class Fleet {
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

  Fleet() = default;
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;
  virtual ~Fleet() = default;

  /// Starts the workers with their first generation. Called once.
  virtual void start(const workers::Load& load) = 0;
  /// Makes all workers, current and future, load another generation.
  virtual void load(const workers::Load& load) = 0;
  /// Replaces the environment ("NAME=value" each) of workers that start later.
  virtual void set_environment(const std::vector<std::string>& environment) = 0;
  /// Drains the workers; queued invocations fail with `queued`. on_fleet_drained() follows.
  virtual void drain(workers::Failure queued) = 0;

  /// Returns the dispatcher that gives invocations to the workers; it lives as long as the fleet.
  [[nodiscard]] virtual workers::Dispatcher& dispatcher() = 0;
  /// Returns what was started or loaded last.
  [[nodiscard]] virtual const workers::Load& last_load() const = 0;
  [[nodiscard]] virtual std::vector<workers::PoolReport> report() const = 0;
  /// Makes a worker write a heap snapshot; returns false if no worker is the process `worker`.
  [[nodiscard]] virtual bool write_snapshot(pid_t worker, const std::string& path) = 0;
};

/// Makes a fleet of these pools, of which there must be at least one; RouteInfo::pool is an index
/// into them. The loop, services and observer must outlive the fleet.
using FleetFactory = std::function<std::shared_ptr<Fleet>(
    net::EventLoop& loop, std::vector<workers::PoolPlan> pools, workers::WorkerServices& services,
    Fleet::Observer& observer)>;

}  // namespace millrace::serving
