#include "serving/dev_server.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <csignal>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/host_resources.hpp"
#include "dev/dev_session.hpp"
#include "net/listener.hpp"
#include "net/signals.hpp"
#include "project/discovery.hpp"
#include "project/settings.hpp"
#include "serving/launch.hpp"
#include "serving/pages_note.hpp"
#include "serving/pool_plans.hpp"
#include "serving/service.hpp"
#include "serving/shared_memory.hpp"
#include "serving/version.hpp"
#include "workers/orphans.hpp"
#include "workers/role.hpp"

namespace millrace::serving {

namespace {

using observe::Level;
using Environment = std::map<std::string, std::string>;

/// A developer who presses Ctrl-C does not want to wait for an open event stream.
constexpr std::uint32_t kGraceSeconds = 1;

std::int64_t milliseconds_since(std::chrono::steady_clock::time_point began) {
  const auto took = std::chrono::steady_clock::now() - began;
  return std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
}

std::string count_of(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

ServiceOptions service_options(const DevOptions& options) {
  ServiceOptions service;
  service.root = options.root;
  service.development = true;
  service.hostname = options.host;
  service.limits.grace = kGraceSeconds;
  service.limits.linger = 0;
  // What is wrong with the file is told when the project is built.
  const auto settings = project::read_settings(options.root, {});
  service.limits.head_size =
      head_size_of(settings ? settings->limits.head_size : project::ServerLimits{}.head_size,
                   options.environment);
  return service;
}

/// One pool for all routes of a kind: who develops looks at one worker, and may hold it at a
/// breakpoint for long.
workers::PoolPlan pool_of(const DevOptions& options) {
  workers::PoolPlan plan;
  plan.launch = launch_of(workers::kNodeWorker, options.node, options.share, options.root,
                          options.environment);
  plan.options.min = options.workers;
  plan.options.max = options.workers;
  plan.options.blocked = std::chrono::milliseconds(0);
  plan.launch.inspector = options.inspector;
  // Who waits for a debugger may wait long.
  if (options.inspector) plan.options.start_timeout = std::chrono::milliseconds(0);
  return plan;
}

/// Has no worker until a route in C++ is called, and keeps it then.
workers::PoolPlan native_pool_of(const DevOptions& options) {
  workers::PoolPlan plan;
  plan.role = &workers::kNativeWorker;
  plan.launch = native_launch(options.share, options.root, options.environment);
  plan.launch.arguments = {"--threads", std::to_string(base::usable_cpus())};
  plan.options.name = "C++";
  plan.options.min = 0;
  plan.options.max = 1;
  plan.options.idle = std::chrono::hours(24);
  plan.options.blocked = std::chrono::milliseconds(0);
  return plan;
}

/// The places of the two.
std::vector<PoolPlaces> places() { return {{.node = 0, .native = 1}}; }

dev::ProjectBuilder::Options builder_options(const DevOptions& options) {
  dev::ProjectBuilder::Options building;
  building.root = options.root;
  building.generator = std::string("millrace ") + kVersion;
  building.development = true;
  building.real_environment = options.environment;
  building.launch =
      launch_of(workers::kBuilder, options.node, options.share, options.root, options.environment);
  return building;
}

/// A project in development, from its files to its answers.
class Development final : private dev::DevSession::Observer {
 public:
  Development(const DevOptions& options, observe::Log& log)
      : options_(options),
        log_(log),
        builder_(loop_, builder_options(options)),
        service_(loop_, service_options(options), log),
        session_(loop_, builder_, options.root, *this),
        signals_(loop_, {SIGINT, SIGTERM}, [this](int) { stop(); }) {}

  int run() {
    auto bound = net::bind_sockets(options_.host, options_.port);
    if (!bound) return refuse(bound.error());
    const std::uint16_t port = bound->port;
    port_ = port;
    service_.listen(std::move(bound->sockets));
    if (auto started = session_.start(); !started) return refuse(started.error());
    log_.say(Level::info, fmt::format("  - Local:   http://localhost:{}", port));
    loop_.run();
    return 0;
  }

 private:
  void on_rebuild_begins(bool native_only) override {
    if (!rebuilding_) build_began_ = std::chrono::steady_clock::now();
    rebuilding_ = true;
    if (!native_only) service_.hold();
  }

  void on_built(dev::BuiltProject built) override {
    for (const std::string& problem : built.problems) log_.say(Level::error, problem);
    for (const std::string& warning : built.warnings) {
      if (told_.insert(warning).second) log_.say(Level::warn, warning);
    }
    report(built);
    tell_memory_state(built.manifest);
    const auto note = note_of_port(built.environment);
    if (note && told_.insert(*note).second) log_.say(Level::info, *note);
    project::Settings settings;
    settings.pools.emplace_back();
    Deployment deployment;
    deployment.pools = {pool_of(options_), native_pool_of(options_)};
    deployment.environment_changes = take_environment(built.environment, deployment.pools);
    deployment.routes = describe_routes(settings, built.manifest, places());
    deployment.manifest_file = built.manifest_file;
    deployment.manifest = std::move(built.manifest);
    service_.deploy(std::move(deployment));
  }

  void on_failed(const std::string& text) override {
    log_.say(Level::error, text);
    service_.fail(text);
    report_ready(1);
    rebuilding_ = false;
  }

  void report(const dev::BuiltProject& built) {
    if (!ready_) {
      if (!built.environment.files.empty()) {
        log_.say(Level::info,
                 fmt::format("  - Environment: {}", fmt::join(built.environment.files, ", ")));
      }
      report_pages(built);
      report_ready(built.problems.size());
    } else {
      std::string what = count_of(built.manifest.routes.size(), "route");
      if (!built.problems.empty()) what += " with " + count_of(built.problems.size(), "error");
      log_.say(Level::info,
               fmt::format("  built {} in {} ms", what, milliseconds_since(build_began_)));
    }
    rebuilding_ = false;
  }

  /// Here there is one worker anyway; who goes on to production should know why there, too.
  void tell_memory_state(const project::Manifest& manifest) {
    if (manifest.memory_state.empty()) return;
    const std::string note =
        "  - State in memory: " + name_memory_state(manifest.memory_state) +
        "; in production one worker serves (several: workers = \"auto\" in millrace.toml)";
    if (told_.insert(note).second) log_.say(Level::info, note);
  }

  void report_pages(const dev::BuiltProject& built) {
    const auto pages =
        project::discover_pages(options_.root, built.manifest.config.page_extensions);
    if (pages && !pages->empty()) log_.say(Level::info, "  - " + pages_note(*pages));
  }

  void report_ready(std::size_t errors) {
    if (std::exchange(ready_, true)) return;
    const std::string with = errors == 0 ? "" : " with " + count_of(errors, "error");
    log_.say(Level::info, fmt::format("  ready in {} ms{}", milliseconds_since(began_), with));
  }

  /// What running workers must change: every name that a file has ever given, so that one who has
  /// missed a load catches up with the next. Workers to come start with the whole.
  std::string take_environment(const project::Environment& files,
                               std::vector<workers::PoolPlan>& pools) {
    Environment now = options_.environment;
    now.try_emplace("NODE_ENV", "development");
    boost::json::object changes;
    for (const std::string& name : names_from_files_) changes[name] = nullptr;
    for (const auto& variable : files.variables) {
      if (variable.name == "PORT") continue;
      now[variable.name] = variable.value;
      names_from_files_.insert(variable.name);
      changes[variable.name] = variable.value;
    }
    now["PORT"] = std::to_string(port_);
    const std::vector<std::string> lines = environment_lines(now);
    for (workers::PoolPlan& pool : pools) pool.launch.environment = lines;
    service_.set_environment(lines);
    return changes.empty() ? std::string() : boost::json::serialize(changes);
  }

  int refuse(const base::Error& error) {
    log_.say(Level::error, error.message());
    return 1;
  }

  void stop() {
    if (std::exchange(stopping_, true)) {
      loop_.stop();
      return;
    }
    session_.stop();
    const auto one_ended = [this] {
      if (--still_running_ == 0) loop_.stop();
    };
    builder_.end(one_ended);
    service_.shut_down(one_ended);
  }

  const DevOptions& options_;
  observe::Log& log_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point build_began_ = began_;
  net::EventLoop loop_;
  workers::Orphans orphans_{loop_};
  dev::ProjectBuilder builder_;
  Service service_;
  dev::DevSession session_;
  net::Signals signals_;
  std::uint16_t port_ = 0;
  std::set<std::string> names_from_files_;
  /// Warnings and notes are said once.
  std::set<std::string> told_;
  bool ready_ = false;
  bool rebuilding_ = false;
  bool stopping_ = false;
  /// Of builder and service.
  int still_running_ = 2;
};

}  // namespace

int run_dev(const DevOptions& options, observe::Log& log) {
  Development development(options, log);
  return development.run();
}

}  // namespace millrace::serving
