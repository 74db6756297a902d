// Service is a project in service: the server, the fleet of workers behind it, and the generations
// of routes that follow one another. Development deploys one for each save, into the same workers;
// production replaces fleet and all, without a request lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/memory_budget.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "cache/scopes.hpp"
#include "gateway/limits.hpp"
#include "gateway/probe.hpp"
#include "gateway/response_cache.hpp"
#include "gateway/server.hpp"
#include "net/event_loop.hpp"
#include "observe/log.hpp"
#include "serving/deployment.hpp"
#include "serving/fleet.hpp"
#include "serving/worker_fleet.hpp"
#include "workers/worker_services.hpp"

namespace millrace::serving {

struct ServiceOptions {
  /// Absolute path of the project.
  std::filesystem::path root;
  bool development = false;
  /// In development: the name the server was told to listen on, under which it answers too.
  std::string hostname = "localhost";
  gateway::ServerLimits limits;
  /// How many generations count as used up before the first.
  std::uint32_t generations_before = 0;
  FleetFactory make_fleet = WorkerFleet::make;
};

/// Belongs to the loop's thread.
class Service final : private Fleet::Observer, private workers::WorkerServices {
 public:
  using OnReplaced = std::function<void(base::Result<void>)>;

  /// Fleets that drain at a time; while there are so many, replace() is refused.
  static constexpr std::size_t kMostDraining = 16;

  Service(net::EventLoop& loop, ServiceOptions options, observe::Log& log);
  ~Service() override;

  /// Accepts connections; requests wait for the first deploy() or fail().
  void listen(std::vector<base::UniqueFd> sockets) { server_.listen(std::move(sockets)); }

  /// Requests wait: a new generation is being built.
  void hold() { server_.hold(); }

  /// Puts a generation into service at once: new requests are for it, those in flight end with the
  /// one they began with. Running workers load it beside what they have.
  void deploy(Deployment deployment);

  /// Starts a new fleet, has it load every route and answer the probe; then promotes it: new requests
  /// are for it, and the old fleet drains. Where a route cannot be loaded nothing changes. A later call
  /// supersedes one that is pending, which ends with `conflict`. `done` is called once, from the loop
  /// or before this returns.
  void replace(Deployment deployment, OnReplaced done);

  /// Answers every request with 500 and `text`, until the next deploy().
  void fail(std::string text);

  /// The environment ("NAME=value" each) of workers that start from now on.
  void set_environment(const std::vector<std::string>& environment);

  /// Lets requests and workers end, then calls `on_done`. Once. Nothing may be deployed after it.
  void shut_down(std::function<void()> on_done);

  /// The fleet in service; null before the first deploy().
  [[nodiscard]] Fleet* fleet() const { return fleet_.get(); }
  /// What is in service; null before the first deploy().
  [[nodiscard]] const gateway::Site* site() const { return server_.site().get(); }

 private:
  // Fleet::Observer
  void on_fleet_ready(Fleet& fleet) override;
  void on_fleet_failed(Fleet& fleet, std::string_view error) override;
  void on_fleet_drained(Fleet& fleet) override;

  // workers::WorkerServices
  void log(link::LogLevel level, std::string_view text) override;
  bool ask_cache(const workers::CacheQuestion& question, workers::CacheReply reply) override;

  [[nodiscard]] std::shared_ptr<Fleet> make_fleet(std::vector<workers::PoolPlan> pools);

  enum class Life : std::uint8_t {
    serving,
    /// Connections end.
    shutting_down,
    /// No connection is left, and fleets drain.
    server_ended,
    ended,
  };

  /// A fleet that is to be promoted when it has loaded everything.
  struct PendingDeployment {
    /// Its generation, by which a task that comes late knows that another is pending.
    std::uint32_t generation = 0;
    std::shared_ptr<Fleet> fleet;
    Deployment deployment;
    OnReplaced done;
    std::shared_ptr<const gateway::Site> site;
    std::unique_ptr<gateway::Probe> probe;
  };

  /// Runs `task` in a later turn, where the deployment of that generation is pending then. Not inside
  /// a call of its fleet or its probe: what ends it destroys them.
  void post_for(std::uint32_t generation, std::function<void()> task);
  /// The link numbers them with 32 bits, and a number used again would be taken for the old one.
  [[nodiscard]] bool generations_used_up() const {
    return generation_ == std::numeric_limits<std::uint32_t>::max();
  }
  /// Why nothing can be deployed beside what is there.
  [[nodiscard]] base::Result<void> check_room() const;
  /// What the development server answers besides what is local.
  void allow_hosts(const std::vector<std::string>& allowed);
  [[nodiscard]] workers::Load load_of(const Deployment& deployment) const;
  [[nodiscard]] std::shared_ptr<const gateway::Site> site_of(const Deployment& deployment,
                                                             const std::shared_ptr<Fleet>& fleet,
                                                             std::uint32_t generation) const;
  void serve(std::shared_ptr<const gateway::Site> site);
  void probe();
  void promote();
  void reject(const base::Error& error);
  void drain(std::shared_ptr<Fleet> fleet, workers::Failure queued);
  void finish_if_drained();

  net::EventLoop& loop_;
  ServiceOptions options_;
  observe::Log& log_;
  std::shared_ptr<base::MemoryBudget> memory_;
  cache::Scopes caches_;
  std::shared_ptr<Fleet> fleet_;
  std::unique_ptr<PendingDeployment> pending_;
  std::vector<std::shared_ptr<Fleet>> draining_;
  gateway::ResponseCache responses_;
  gateway::Server server_;
  std::uint32_t generation_ = 0;
  Life life_ = Life::serving;
  /// Of shut_down().
  std::function<void()> on_done_;
  /// Posted tasks check it: the service may be gone when they run.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::serving
