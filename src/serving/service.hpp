// Service is a project in service: the server, the fleet of workers behind it, and the successive
// generations of routes. Development deploys a generation for each save into the same workers;
// production replaces the whole fleet, without losing a request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
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
#include "observe/dev_request_log.hpp"
#include "observe/log.hpp"
#include "observe/request_record.hpp"
#include "serving/deployment.hpp"
#include "serving/fleet.hpp"
#include "serving/worker_fleet.hpp"
#include "workers/worker_services.hpp"

namespace millrace::serving {

/// Whether a service can respond to requests.
enum class Readiness : std::uint8_t {
  /// Nothing is deployed, or no worker has become ready yet.
  starting,
  ready,
  /// It has been ready, but no worker is now.
  no_worker,
  /// The project cannot be built, or requests are held back.
  broken,
  /// It finishes its requests and accepts no connections.
  draining,
};

/// Values of a service at one moment, for its metrics.
struct ServiceGauges {
  std::size_t connections = 0;
  /// Requests without a complete response.
  std::size_t requests = 0;
  std::size_t draining_fleets = 0;
  /// Bytes.
  std::size_t client_memory = 0;
  std::size_t client_memory_limit = 0;
  std::size_t data_cache = 0;
  std::size_t response_cache = 0;
  std::size_t cache_capacity = 0;
};

struct ServiceOptions {
  /// Absolute path of the project.
  std::filesystem::path root;
  bool development = false;
  /// In development: the hostname that the server was told to listen on, which it accepts in
  /// requests too.
  std::string hostname = "localhost";
  gateway::ServerLimits limits;
  /// How many generation numbers are already used at the start.
  std::uint32_t generations_before = 0;
  FleetFactory make_fleet = WorkerFleet::make;
  /// They get a record of each request, and outlive the service.
  std::vector<observe::RequestObserver*> observers = {};
  /// In development: shows what handlers log. Outlives the service; may be null.
  observe::DevRequestLog* dev_requests = nullptr;
  /// Called from the loop when the fleet in service has loaded its newest generation, with an empty
  /// text, or could not load it, with the reason. Can be empty.
  std::function<void(std::string_view failure)> on_loaded = {};
};

/// Belongs to the loop's thread.
class Service final : private Fleet::Observer, private workers::WorkerServices {
 public:
  using OnReplaced = std::function<void(base::Result<void>)>;

  /// The most fleets that may drain at a time; at this number replace() fails.
  static constexpr std::size_t kMostDraining = 16;

  Service(net::EventLoop& loop, ServiceOptions options, observe::Log& log);
  ~Service() override;

  /// Accepts connections; requests wait until the first deploy() or fail().
  void listen(std::vector<base::UniqueFd> sockets, net::Entry entry = net::Entry::plain) {
    server_.listen(std::move(sockets), entry);
  }

  /// Describes errors to browsers and other clients, in development.
  void set_development(gateway::DevelopmentPages pages) {
    server_.set_development(std::move(pages));
  }
  /// Makes traces of requests. Call at most once, before listen().
  void trace(TraceOptions options) { server_.trace(options.ratio, std::move(options.exporter)); }

  /// Makes new requests wait while a new generation is being built.
  void pause() { server_.pause(); }

  /// Calls `on_wanted` with the file of a route that a request waits for, because it is not
  /// compiled; a generation that contains it must be deployed later.
  void compile_with(std::function<void(const std::string& file)> on_wanted) {
    server_.compile_with(std::move(on_wanted));
  }

  /// Puts a generation into service at once: new requests use it, and requests in flight finish
  /// with the generation they started with. Running workers load it in addition to the earlier
  /// ones.
  void deploy(Deployment deployment);

  /// Starts a new fleet, makes it load every route and respond to the probe, then promotes it: new
  /// requests use it, and the old fleet drains. If a route cannot be loaded, nothing changes. A
  /// later call supersedes a pending one, which ends with `conflict`. `done` is called once, from
  /// the loop or before this returns.
  void replace(Deployment deployment, OnReplaced done);

  /// Responds to every request with 500 and `text`, until the next deploy().
  void fail(std::string text);

  /// Sets the environment ("NAME=value" each) of workers that start from now on.
  void set_environment(const std::vector<std::string>& environment);

  /// Drains connections and workers, then calls `on_done`. Must be called once; nothing may be
  /// deployed afterwards.
  void shut_down(std::function<void()> on_done);

  /// Returns the server, for the settings of its logs.
  [[nodiscard]] gateway::Server& server() { return server_; }
  /// Returns the fleet in service; null before the first deploy().
  [[nodiscard]] Fleet* fleet() const { return fleet_.get(); }
  /// Returns the site in service; null before the first deploy().
  [[nodiscard]] const gateway::Site* site() const { return server_.site().get(); }

  /// Returns what the service has counted.
  [[nodiscard]] const metrics::ServerMetrics& metrics() const { return server_.metrics(); }
  [[nodiscard]] ServiceGauges gauges() const;
  /// Returns reports on the pools of all fleets: first of the one in service, then of the one that
  /// starts and of those that drain.
  [[nodiscard]] std::vector<std::vector<workers::PoolReport>> fleet_reports() const;
  [[nodiscard]] Readiness readiness();

 private:
  // Fleet::Observer
  void on_fleet_ready(Fleet& fleet) override;
  void on_fleet_failed(Fleet& fleet, std::string_view error) override;
  void on_fleet_drained(Fleet& fleet) override;

  // workers::WorkerServices
  void log(link::LogLevel level, std::string_view text) override;
  void log_of_worker(link::LogLevel level, std::string_view text,
                     const workers::RequestTag* request) override;
  bool ask_cache(const workers::CacheRequest& request, workers::CacheReply reply) override;

  /// Puts the limits and rules of a build into effect.
  void apply_limits(const Deployment& deployment);
  /// Gives each route its label in metrics.
  void label_routes(Deployment& deployment);
  [[nodiscard]] std::shared_ptr<Fleet> make_fleet(std::vector<workers::PoolPlan> pools);

  enum class Life : std::uint8_t {
    serving,
    /// Connections are ending.
    shutting_down,
    /// No connection is left; fleets are draining.
    server_ended,
    ended,
  };

  /// A fleet that will be promoted when it has loaded everything.
  struct PendingDeployment {
    /// Its generation number, by which a late task detects that another deployment is pending.
    std::uint32_t generation = 0;
    std::shared_ptr<Fleet> fleet;
    Deployment deployment;
    OnReplaced done;
    std::shared_ptr<const gateway::Site> site;
    std::unique_ptr<gateway::Probe> probe;
  };

  /// Runs `task` in a later turn, if the deployment of that generation is still pending then.
  /// Deferred because ending a deployment destroys its fleet and probe, which may be calling.
  void post_for(std::uint32_t generation, std::function<void()> task);
  /// The link encodes generations with 32 bits, and a reused number would be taken for the old
  /// generation.
  [[nodiscard]] bool generations_used_up() const {
    return generation_ == std::numeric_limits<std::uint32_t>::max();
  }
  /// Returns an error if no further deployment can be added now.
  [[nodiscard]] base::Result<void> check_room() const;
  /// Sets the hosts that the development server accepts in addition to local ones.
  void allow_hosts(const std::vector<std::string>& allowed);
  [[nodiscard]] workers::Load load_of(const Deployment& deployment) const;
  [[nodiscard]] std::shared_ptr<const gateway::Site> site_of(const Deployment& deployment,
                                                             const std::shared_ptr<Fleet>& fleet,
                                                             std::uint32_t generation) const;
  void serve(std::shared_ptr<const gateway::Site> site, bool keeps_cache = false);
  /// Reports that the fleet in service has loaded its newest generation, or why it could not.
  void report_loaded(const Fleet& fleet, std::string_view failure);
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
  /// Whether readiness() has returned `ready`.
  bool was_ready_ = false;
  /// The callback of shut_down().
  std::function<void()> on_done_;
  /// Posted tasks check this: the service may be destroyed before they run.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::serving
