// Service is a project in service: the server, the fleet of workers behind it, and the generations
// of routes that follow one another. Development deploys one for each save, into the same workers;
// production replaces fleet and all, without a request lost.
#pragma once

#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
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
#include "project/manifest.hpp"
#include "workers/fleet.hpp"
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
};

/// A build and who is to run it.
struct Deployment {
  project::Manifest manifest;
  /// Where `manifest` was read from; workers read it again.
  std::filesystem::path manifest_file;
  /// By the manifest's routes; the middleware after the last.
  std::vector<workers::RouteInfo> routes;
  /// Pools for a fleet; deploy() reads them once, for the first.
  std::vector<workers::PoolPlan> pools;
  /// In force with the build; those in force stay where there are none.
  std::optional<gateway::ServerLimits> limits;
  /// A path that must answer below 500 before replace() switches; empty for none.
  std::string probe;
  /// What the user should know of it, a line each, for whoever deploys it.
  std::vector<std::string> notes;
  /// A JSON object of names to set in running workers (null removes), empty for none.
  std::string environment_changes;
};

/// Belongs to the loop's thread.
class Service final : private workers::Fleet::Observer, private workers::WorkerServices {
 public:
  Service(net::EventLoop& loop, ServiceOptions options, observe::Log& log);
  ~Service() override;

  /// Accepts connections; requests wait for the first deploy() or fail().
  void listen(std::vector<base::UniqueFd> sockets) { server_.listen(std::move(sockets)); }

  /// Requests wait: a new generation is being built.
  void hold() { server_.hold(); }

  /// Puts a generation into service at once: new requests are for it, those at hand end with the
  /// one they began with. Running workers load it beside what they have.
  void deploy(Deployment deployment);

  /// Starts a new fleet, has it load every route and answer the probe; then new requests are for it
  /// and the old one drains. Where a route cannot be loaded nothing changes. `done` is called once, from the loop.
  void replace(Deployment deployment, std::function<void(base::Result<void>)> done);

  /// Answers every request with 500 and `text`, until the next deploy().
  void fail(std::string text);

  /// The environment ("NAME=value" each) of workers that start from now on.
  void set_environment(const std::vector<std::string>& environment);

  /// Lets requests and workers end, then calls `on_done`. Once.
  void shut_down(std::function<void()> on_done);

  /// The fleet in service; null before the first deploy().
  [[nodiscard]] workers::Fleet* fleet() const { return fleet_.get(); }
  /// What is in service; null before the first deploy().
  [[nodiscard]] const gateway::Site* site() const { return server_.site().get(); }

 private:
  void on_fleet_ready(workers::Fleet& fleet) override;
  void on_fleet_failed(workers::Fleet& fleet, std::string_view error) override;
  void on_fleet_drained(workers::Fleet& fleet) override;

  void log(link::LogLevel level, std::string_view text) override;
  bool ask_cache(const workers::CacheQuestion& question, workers::CacheReply reply) override;

  /// A fleet that gets ready to take over.
  struct Coming {
    std::shared_ptr<workers::Fleet> fleet;
    Deployment deployment;
    std::function<void(base::Result<void>)> done;
    std::shared_ptr<const gateway::Site> site;
    std::unique_ptr<gateway::Probe> probe;
  };

  /// The link numbers them with 32 bits, and a number used again would be taken for the old one.
  [[nodiscard]] bool generations_used_up() const {
    return generation_ == std::numeric_limits<std::uint32_t>::max();
  }
  /// What the development server answers besides what is local.
  void allow_hosts(const std::vector<std::string>& allowed);
  [[nodiscard]] workers::Load load_of(const Deployment& deployment) const;
  [[nodiscard]] std::shared_ptr<const gateway::Site> site_of(const Deployment& deployment,
                                                             std::shared_ptr<workers::Fleet> fleet,
                                                             std::uint32_t generation) const;
  void serve(std::shared_ptr<const gateway::Site> site);
  void probe();
  void retire(std::shared_ptr<workers::Fleet> fleet, workers::Failure queued);
  void take_over();
  void refuse_coming(std::string text);

  net::EventLoop& loop_;
  ServiceOptions options_;
  observe::Log& log_;
  std::shared_ptr<base::MemoryBudget> memory_;
  cache::Scopes caches_;
  std::shared_ptr<workers::Fleet> fleet_;
  std::unique_ptr<Coming> coming_;
  /// Those that drain.
  std::vector<std::shared_ptr<workers::Fleet>> retired_;
  gateway::ResponseCache responses_;
  gateway::Server server_;
  std::uint32_t generation_ = 0;
  std::function<void()> on_done_;
  /// Posted tasks check it: the service may be gone when they run.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::serving
