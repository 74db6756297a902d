// Service is a project in service: the server, the pool of workers behind it, and the generations
// of routes that follow one another. Production deploys one generation, development one for each
// save.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"
#include "cache/data_store.hpp"
#include "cache/tag_marks.hpp"
#include "gateway/limits.hpp"
#include "gateway/response_cache.hpp"
#include "gateway/server.hpp"
#include "net/event_loop.hpp"
#include "observe/log.hpp"
#include "project/manifest.hpp"
#include "workers/pool.hpp"

namespace millrace::gateway {

struct ServiceOptions {
  /// Absolute path of the project.
  std::filesystem::path root;
  bool development = false;
  /// How a worker is started.
  workers::Launch launch;
  workers::PoolOptions pool;
  ServerLimits limits;
};

/// Belongs to the loop's thread.
class Service final : private workers::Pool::Observer {
 public:
  Service(net::EventLoop& loop, ServiceOptions options, observe::Log& log);
  ~Service() override;

  /// Accepts connections; requests wait for the first deploy() or fail().
  void listen(std::vector<base::UniqueFd> sockets) { server_.listen(std::move(sockets)); }

  /// Requests wait: a new generation is being built.
  void hold() { server_.hold(); }

  /// Puts the next generation into service: new requests are for it, those at hand end with the
  /// one they began with. `manifest_file` is where `manifest` was read from; workers read it
  /// again. `environment_changes`: a JSON object of names to set (null removes), empty for none.
  void deploy(project::Manifest manifest, const std::filesystem::path& manifest_file,
              std::string environment_changes = {});

  /// Answers every request with 500 and `text`, until the next deploy().
  void fail(std::string text);

  /// The environment ("NAME=value" each) of workers that start from now on.
  void set_environment(std::vector<std::string> environment) {
    pool_.set_environment(std::move(environment));
  }

  /// Lets requests and workers end, then calls `on_done`. Once.
  void shut_down(std::function<void()> on_done);

 private:
  void on_generation_ready(std::uint32_t generation) override;
  void on_pool_log(link::LogLevel level, std::string_view text) override;
  bool on_cache_request(std::string_view request, workers::CacheReply reply) override;
  void on_pool_drained() override;

  ServiceOptions options_;
  observe::Log& log_;
  cache::TagMarks tag_marks_;
  cache::DataStore data_cache_;
  workers::Pool pool_;
  ResponseCache responses_;
  Server server_;
  std::uint32_t generation_ = 0;
  std::function<void()> on_done_;
};

}  // namespace millrace::gateway
