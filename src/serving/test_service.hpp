// A fixture for tests of Service: a service with fake fleets that the test controls.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/site.hpp"
#include "gateway/testing/test_dispatcher.hpp"
#include "serving/service.hpp"

namespace millrace::serving {

using workers::Failure;

/// A fleet whose workers the test controls.
class FakeFleet final : public Fleet {
 public:
  FakeFleet(std::vector<workers::PoolPlan> plans, workers::WorkerServices& services,
            Observer& observer)
      : pools(std::move(plans)), services_(services), observer_(observer) {}

  void start(const workers::Load& load) override { loads.push_back(load); }
  void load(const workers::Load& load) override { loads.push_back(load); }
  void set_environment(const std::vector<std::string>& lines) override { environment = lines; }
  void drain(Failure queued) override {
    EXPECT_FALSE(drained_as.has_value()) << "drained twice";
    drained_as = queued;
    for (auto& call : workers_.calls) {
      if (call.queue && !call.withdrawn()) workers_.fail_waiting(call, queued);
    }
  }
  workers::Dispatcher& dispatcher() override { return workers_; }
  const workers::Load& last_load() const override { return loads.back(); }
  std::vector<workers::PoolReport> report() const override { return {}; }
  bool write_snapshot(pid_t /*worker*/, const std::string& /*path*/) override { return false; }

  void become_ready() { observer_.on_fleet_ready(*this); }
  void fail_to_load(std::string_view error) { observer_.on_fleet_failed(*this, error); }
  void finish_draining() { observer_.on_fleet_drained(*this); }
  bool ask_cache(std::string_view request, std::string* reply = nullptr) {
    return services_.ask_cache(
        {.generation = loads.back().generation, .scope = "", .payload = request},
        [reply](std::string_view text) {
          if (reply != nullptr) *reply = text;
        });
  }
  gateway::TestDispatcher& workers() { return workers_; }

  std::vector<workers::PoolPlan> pools;
  std::vector<workers::Load> loads;
  std::vector<std::string> environment;
  /// Absent until drain() is called.
  std::optional<Failure> drained_as;

 private:
  workers::WorkerServices& services_;
  Observer& observer_;
  gateway::TestDispatcher workers_;
};

/// The outcome of a replace().
struct Outcome {
  int calls = 0;
  std::optional<base::Error> error;

  [[nodiscard]] bool promoted() const { return calls == 1 && !error; }
  [[nodiscard]] bool rejected(base::ErrorCode code) const {
    return calls == 1 && error && error->code() == code;
  }
};

class ServiceTest : public testing::Test {
 protected:
  void make(ServiceOptions options = {}) {
    options.root = "/nowhere";
    options.make_fleet = [this](net::EventLoop&, std::vector<workers::PoolPlan> pools,
                                workers::WorkerServices& services, Fleet::Observer& observer) {
      auto fleet = std::make_shared<FakeFleet>(std::move(pools), services, observer);
      fleets_.push_back(fleet);
      return fleet;
    };
    service_ = std::make_unique<Service>(loop_, std::move(options), log_);
  }

  void SetUp() override { make(); }

  /// Runs posted tasks, and the tasks that those post.
  void turn() {
    for (int i = 0; i < 4; ++i) {
      loop_.post([this] { loop_.stop(); });
      loop_.run();
    }
  }

  /// Returns a build with the route /api/a.
  static Deployment build(std::string_view id) {
    Deployment deployment;
    deployment.manifest.build_id = id;
    deployment.manifest.routes.resize(1);
    deployment.manifest.routes[0].path = "/api/a";
    deployment.manifest_file = "/nowhere/" + std::string(id) + "/manifest.json";
    deployment.routes.resize(1);
    deployment.pools.resize(1);
    deployment.pools[0].options.min = 0;
    return deployment;
  }

  static Deployment probed(std::string_view id) {
    Deployment deployment = build(id);
    deployment.probe = "/api/a";
    return deployment;
  }

  /// Calls replace() and records its outcome.
  std::shared_ptr<Outcome> replace(Deployment deployment) {
    auto outcome = std::make_shared<Outcome>();
    service_->replace(std::move(deployment), [outcome](const base::Result<void>& done) {
      ++outcome->calls;
      if (!done) outcome->error = done.error();
    });
    return outcome;
  }

  /// Returns the `index`th fleet that was made; it must still exist.
  std::shared_ptr<FakeFleet> fleet(std::size_t index) {
    auto found = index < fleets_.size() ? fleets_[index].lock() : nullptr;
    EXPECT_NE(found, nullptr) << index;
    return found;
  }
  [[nodiscard]] bool gone(std::size_t index) const { return fleets_.at(index).expired(); }
  [[nodiscard]] std::string in_service() const {
    return service_->site() == nullptr ? "" : service_->site()->manifest.build_id;
  }

  net::EventLoop loop_;
  observe::Log log_{false};
  std::vector<std::weak_ptr<FakeFleet>> fleets_;
  std::unique_ptr<Service> service_;
};

}  // namespace millrace::serving
