#include "serving/production_deployment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/host_resources.hpp"
#include "gateway/rule_set.hpp"
#include "project/builds.hpp"
#include "project/environment.hpp"
#include "project/settings.hpp"
#include "serving/launch.hpp"
#include "serving/pool_plans.hpp"
#include "serving/upstream_choice.hpp"
#include "serving/worker_share.hpp"
#include "workers/role.hpp"

namespace millrace::serving {

namespace {

/// Returns the workers' runtime: its environment is this process's, plus the values from the env
/// files.
Runtime worker_runtime(const ProductionOptions& options, const project::Environment& files) {
  Runtime runtime = options.runtime;
  // These variables belong to this process; a worker must not send messages to the service manager.
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
    runtime.environment.erase(name);
  }
  for (const auto& variable : files.variables) runtime.environment[variable.name] = variable.value;
  runtime.environment.try_emplace("NODE_ENV", "production");
  return runtime;
}

/// The pool of a project whose settings define none.
project::PoolSettings default_pool(const ProductionOptions& options) {
  project::PoolSettings pool;
  if (options.workers > 0) pool.count = project::WorkerCount::given;
  pool.min = std::max<std::size_t>(options.workers, 1);
  pool.max = options.workers > 0 ? options.workers
                                 : most_workers(base::usable_cpus(), base::usable_memory());
  return pool;
}

base::Result<FleetPlan> plan_production(const ProductionOptions& options,
                                        const project::Settings& settings,
                                        const project::Manifest& manifest,
                                        const project::Environment& files) {
  Runtime runtime = worker_runtime(options, files);
  if (settings.tracing.enabled) {
    runtime.environment["MILLRACE_TRACE_PROPAGATE"] =
        fmt::format("{}", fmt::join(settings.tracing.propagate, " "));
  }
  Launches launches = {.node = launch_of(workers::kNodeWorker, runtime),
                       .native = native_launch(runtime)};
  launches.node.inspector = options.inspector;
  auto plan = plan_fleet(settings, manifest, launches, runtime.share);
  if (!plan || !settings.cgroup) return plan;
  auto cgroups = workers::Cgroups::open();
  if (!cgroups) return cgroups.error();
  for (workers::PoolPlan& pool : plan->pools) pool.launch.cgroups = *cgroups;
  return plan;
}

gateway::ServerLimits limits_of(const ProductionOptions& options,
                                const project::Settings& settings) {
  gateway::ServerLimits limits = settings.limits;
  limits.head_size = head_size_of(limits.head_size, options.runtime.environment);
  if (options.keep_alive > 0) limits.keep_alive = options.keep_alive;
  return limits;
}

}  // namespace

base::Result<Deployment> read_deployment(const ProductionOptions& options) {
  const auto build = options.build.empty()
                         ? project::current_build(options.runtime.root)
                         : project::named_build(options.runtime.root, options.build);
  if (!build) return build.error();
  Deployment deployment;
  deployment.manifest_file = *build / "manifest.json";
  auto manifest = project::read_manifest(deployment.manifest_file);
  if (!manifest) return manifest.error();
  // A server whose rules cannot be compiled would respond to every request with 500.
  if (const auto rules = gateway::RuleSet::compile(*manifest); !rules) return rules.error();
  const auto environment = project::load_environment(
      options.runtime.root, project::Mode::production, options.runtime.environment);
  if (!environment) return environment.error();
  const auto settings = project::read_settings(options.runtime.root, default_pool(options));
  if (!settings) return settings.error();
  auto upstream = choose_upstream(*settings, options.upstream);
  if (!upstream) return upstream.error();
  deployment.upstream = std::move(upstream).value();
  auto plan = plan_production(options, *settings, *manifest, *environment);
  if (!plan) return plan.error();
  deployment.limits = limits_of(options, *settings);
  deployment.proxies = settings->proxies;
  deployment.traffic = settings->traffic;
  deployment.probe = settings->probe;
  deployment.health_path = settings->health_path;
  deployment.links_stay = settings->follow_links == "project";
  deployment.compression = settings->compression;
  deployment.tls = settings->tls;
  deployment.admin = settings->admin;
  auto tracing =
      trace_options(settings->tracing, worker_runtime(options, *environment).environment);
  if (!tracing) return tracing.error();
  deployment.tracing = std::move(tracing).value();
  deployment.pools = std::move(plan->pools);
  deployment.routes = std::move(plan->routes);
  deployment.notes = std::move(plan->notes);
  deployment.environment_files = environment->files;
  deployment.logs = plan_logs(settings->log, options.logs, options.runtime.root);
  if (const auto note = note_of_port(*environment)) deployment.notes.push_back(*note);
  deployment.manifest = std::move(manifest).value();
  return deployment;
}

void set_port(Deployment& deployment, std::uint16_t port) {
  for (workers::PoolPlan& pool : deployment.pools) {
    set_variable(pool.launch.environment, fmt::format("PORT={}", port));
  }
  // Inline routes are not launched with an environment, so they get the port with the load.
  deployment.environment_changes = fmt::format(R"({{"PORT":"{}"}})", port);
}

}  // namespace millrace::serving
