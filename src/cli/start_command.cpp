#include "cli/start_command.hpp"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <utility>

#include "cli/launch.hpp"
#include "gateway/service.hpp"
#include "net/listener.hpp"
#include "net/signals.hpp"
#include "project/environment.hpp"
#include "project/manifest.hpp"
#include "workers/role.hpp"

namespace millrace::cli {

namespace {

using observe::Level;

int refuse(const base::Error& error, observe::Log& log) {
  log.say(Level::error, error.message());
  return 1;
}

base::Result<project::Manifest> read_build(const std::filesystem::path& file) {
  auto manifest = project::read_manifest(file);
  if (manifest || manifest.error().code() != base::ErrorCode::not_found) return manifest;
  return base::Error(base::ErrorCode::not_found,
                     fmt::format("there is no build to serve: {} does not exist. Run `millrace "
                                 "build` first, or `millrace dev` to work on the project.",
                                 file.string()));
}

std::map<std::string, std::string> worker_environment(const StartOptions& options,
                                                      const project::Environment& files) {
  std::map<std::string, std::string> all = options.environment;
  for (const auto& variable : files.variables) all[variable.name] = variable.value;
  all.try_emplace("NODE_ENV", "production");
  return all;
}

}  // namespace

int run_start(const StartOptions& options, observe::Log& log) {
  const auto began = std::chrono::steady_clock::now();
  const std::filesystem::path manifest_file = options.root / ".millrace" / "manifest.json";
  auto manifest = read_build(manifest_file);
  if (!manifest) return refuse(manifest.error(), log);
  const auto environment =
      project::load_environment(options.root, project::Mode::production, options.environment);
  if (!environment) return refuse(environment.error(), log);
  auto bound = net::bind_sockets(options.host, options.port);
  if (!bound) return refuse(bound.error(), log);
  const std::uint16_t port = bound->port;

  net::EventLoop loop;
  gateway::ServiceOptions serving;
  serving.root = options.root;
  serving.launch = launch_of(workers::kNodeWorker, options.node, options.share, options.root,
                             worker_environment(options, *environment));
  serving.pool.supervisor.size = options.workers;
  serving.limits = options.limits;
  gateway::Service service(loop, std::move(serving), log);
  service.listen(std::move(bound->sockets));
  service.deploy(std::move(*manifest), manifest_file);

  bool stopping = false;
  const net::Signals signals(loop, {SIGINT, SIGTERM}, [&](int) {
    // The second time somebody is in a hurry.
    if (std::exchange(stopping, true)) return loop.stop();
    service.shut_down([&loop] { loop.stop(); });
  });
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - began);
  log.say(Level::info,
          fmt::format("  - Local:   http://localhost:{}\n  ready in {} ms", port, took.count()));
  loop.run();
  return 0;
}

}  // namespace millrace::cli
