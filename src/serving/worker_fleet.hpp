// WorkerFleet is the fleet of a running server: pools of worker processes.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "serving/fleet.hpp"
#include "workers/fleet.hpp"

namespace millrace::serving {

/// Belongs to the loop's thread.
class WorkerFleet final : public Fleet, private workers::Fleet::Observer {
 public:
  WorkerFleet(net::EventLoop& loop, std::vector<workers::PoolPlan> pools,
              workers::WorkerServices& services, Fleet::Observer& observer)
      : observer_(observer),
        fleet_(loop, std::move(pools), services, static_cast<workers::Fleet::Observer&>(*this)) {}

  /// The FleetFactory for production and development.
  [[nodiscard]] static std::shared_ptr<Fleet> make(net::EventLoop& loop,
                                                   std::vector<workers::PoolPlan> pools,
                                                   workers::WorkerServices& services,
                                                   Fleet::Observer& observer) {
    return std::make_shared<WorkerFleet>(loop, std::move(pools), services, observer);
  }

  void start(const workers::Load& load) override { fleet_.start(load); }
  void load(const workers::Load& load) override { fleet_.load(load); }
  void set_environment(const std::vector<std::string>& environment) override {
    fleet_.set_environment(environment);
  }
  void drain(workers::Failure queued) override { fleet_.drain(queued); }

  [[nodiscard]] workers::Dispatcher& dispatcher() override { return fleet_; }
  [[nodiscard]] const workers::Load& last_load() const override { return fleet_.last_load(); }
  [[nodiscard]] std::vector<workers::PoolReport> report() const override { return fleet_.report(); }
  [[nodiscard]] bool write_snapshot(pid_t worker, const std::string& path) override {
    workers::WorkerHandle* const found = fleet_.worker(worker);
    if (found != nullptr) found->snapshot(path);
    return found != nullptr;
  }

 private:
  // workers::Fleet::Observer
  void on_fleet_ready(workers::Fleet& /*fleet*/) override { observer_.on_fleet_ready(*this); }
  void on_fleet_failed(workers::Fleet& /*fleet*/, std::string_view error) override {
    observer_.on_fleet_failed(*this, error);
  }
  void on_fleet_drained(workers::Fleet& /*fleet*/) override { observer_.on_fleet_drained(*this); }

  Fleet::Observer& observer_;
  workers::Fleet fleet_;
};

}  // namespace millrace::serving
