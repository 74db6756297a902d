#include "serving/production_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <csignal>
#include <utility>

#include "base/host_resources.hpp"
#include "control/control_client.hpp"
#include "gateway/rule_set.hpp"
#include "project/environment.hpp"
#include "project/settings.hpp"
#include "serving/launch.hpp"
#include "serving/pool_plans.hpp"
#include "serving/server_report.hpp"
#include "serving/service_manager.hpp"
#include "serving/worker_share.hpp"
#include "workers/role.hpp"

namespace millrace::serving {

namespace {

namespace json = boost::json;
using observe::Level;

constexpr std::chrono::seconds kPredecessorPatience{60};

std::map<std::string, std::string> worker_environment(const StartOptions& options,
                                                      const project::Environment& files) {
  std::map<std::string, std::string> all = options.environment;
  // They are this process's; a worker that told its service manager anything would lie.
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) all.erase(name);
  for (const auto& variable : files.variables) all[variable.name] = variable.value;
  all.try_emplace("NODE_ENV", "production");
  return all;
}

project::PoolSettings default_pool(const StartOptions& options) {
  project::PoolSettings pool;
  if (options.workers > 0) pool.count = project::WorkerCount::given;
  pool.min = std::max<std::size_t>(options.workers, 1);
  pool.max = options.workers > 0 ? options.workers
                                 : most_workers(base::usable_cpus(), base::usable_memory());
  return pool;
}

/// As Next.js: code that runs in a worker knows the port, whatever said it.
void tell_port(Deployment& deployment, std::uint16_t port) {
  for (workers::PoolPlan& pool : deployment.pools) {
    set_variable(pool.launch.environment, fmt::format("PORT={}", port));
  }
}

void answer(const control::Reply& reply, const json::object& object) {
  reply(json::serialize(object), {});
}

}  // namespace

base::Result<Deployment> read_deployment(const StartOptions& options) {
  const auto build = options.build.empty() ? project::current_build(options.root)
                                           : project::named_build(options.root, options.build);
  if (!build) return build.error();
  Deployment deployment;
  deployment.manifest_file = *build / "manifest.json";
  auto manifest = project::read_manifest(deployment.manifest_file);
  if (!manifest) return manifest.error();
  // A server whose rules cannot be read would answer all requests with 500.
  if (const auto rules = gateway::RuleSet::compile(*manifest); !rules) return rules.error();
  const auto environment =
      project::load_environment(options.root, project::Mode::production, options.environment);
  if (!environment) return environment.error();
  const auto settings = project::read_settings(options.root, default_pool(options));
  if (!settings) return settings.error();
  const auto variables = worker_environment(options, *environment);
  Launches launches = {
      .node = launch_of(workers::kNodeWorker, options.node, options.share, options.root, variables),
      .native = native_launch(options.share, options.root, variables)};
  launches.node.inspector = options.inspector;
  auto plan = plan_fleet(*settings, *manifest, launches, options.share);
  if (!plan) return plan.error();
  if (settings->cgroup) {
    auto cgroups = workers::Cgroups::open();
    if (!cgroups) return cgroups.error();
    for (workers::PoolPlan& pool : plan->pools) pool.launch.cgroups = *cgroups;
  }
  deployment.limits = settings->limits;
  deployment.limits->head_size = head_size_of(settings->limits.head_size, options.environment);
  if (options.keep_alive > 0) deployment.limits->keep_alive = options.keep_alive;
  deployment.probe = settings->probe;
  deployment.pools = std::move(plan->pools);
  deployment.routes = std::move(plan->routes);
  deployment.notes = std::move(plan->notes);
  if (const auto note = note_of_port(*environment)) deployment.notes.push_back(*note);
  deployment.manifest = std::move(manifest).value();
  return deployment;
}

Production::Production(const StartOptions& options, observe::Log& log,
                       std::vector<base::UniqueFd> sockets, std::uint16_t port)
    : options_(options),
      log_(log),
      service_(loop_, {.root = options.root, .development = false, .limits = {}}, log),
      sockets_(std::move(sockets)),
      port_(port),
      signals_(loop_, {SIGINT, SIGTERM, SIGHUP},
               [this](int signal) {
                 if (signal != SIGHUP) return stop();
                 reload([](std::string_view, const std::vector<int>&) {});
               }),
      watchdog_(loop_, [this] { watch_over(); }) {
  for (const base::UniqueFd& socket : sockets_) {
    spare_sockets_.emplace_back(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
  }
}

int Production::run(Deployment deployment) {
  service_.listen(std::move(sockets_));
  in_use_ = std::make_unique<project::BuildInUse>(deployment.manifest_file.parent_path());
  notes_ = deployment.notes;
  tell_port(deployment, port_);
  service_.deploy(std::move(deployment));
  begin("ready");
  loop_.run();
  return exit_code_;
}

int Production::run_after(const std::filesystem::path& predecessor, Deployment deployment) {
  in_use_ = std::make_unique<project::BuildInUse>(deployment.manifest_file.parent_path());
  notes_ = deployment.notes;
  tell_port(deployment, port_);
  for (workers::PoolPlan& pool : deployment.pools) {
    // Ports that its workers hold are those of a predecessor, not of a stranger.
    const auto server = control::process_of(predecessor);
    if (!server) break;
    set_variable(pool.launch.environment, fmt::format("MILLRACE_PREDECESSOR={}", *server));
  }
  service_.replace(std::move(deployment), [this, predecessor](const base::Result<void>& taken) {
    if (!taken) {
      log_.say(Level::error, taken.error().message() + "\nThe server before goes on.");
      exit_code_ = 1;
      return stop();
    }
    // Both accept for a moment: no connection is without one who will.
    service_.listen(std::move(sockets_));
    // Before this one's control socket takes the place of the other's.
    const auto told = control::ask(predecessor, R"({"command":"retire"})", kPredecessorPatience);
    if (!told) log_.say(Level::warn, "the server before may still run: " + told.error().message());
    begin("took over, ready");
  });
  loop_.run();
  return exit_code_;
}

void Production::begin(std::string_view what) {
  open_control();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - began_);
  log_.say(Level::info, fmt::format("  - Local:   http://localhost:{}", port_));
  for (const std::string& note : notes_) log_.say(Level::info, note);
  log_.say(Level::info, fmt::format("  {} in {} ms", what, took.count()));
  tell_service_manager(fmt::format("READY=1\nMAINPID={}\nSTATUS=serving on port {}",
                                   static_cast<int>(::getpid()), port_));
  watch_over();
}

void Production::watch_over() {
  const auto interval = watchdog_interval();
  if (interval.count() == 0) return;
  tell_service_manager("WATCHDOG=1");
  watchdog_.set_after(interval);
}

void Production::open_control() {
  auto opened =
      control::ControlSocket::open(loop_, control::socket_path(options_.root, port_),
                                   [this](std::string_view request, const control::Reply& reply) {
                                     on_request(request, reply);
                                   });
  if (opened) {
    control_ = std::move(opened).value();
  } else {
    // A project on a read-only disk is served all the same.
    log_.say(Level::warn,
             opened.error().message() + "; `millrace ps` and `reload` cannot reach this server");
  }
}

void Production::on_request(std::string_view request, const control::Reply& reply) {
  boost::system::error_code failed;
  const json::value parsed = json::parse(json::string_view(request.data(), request.size()), failed);
  const auto* const object = parsed.if_object();
  const auto* const name = object == nullptr ? nullptr : object->if_contains("command");
  const std::string command =
      name != nullptr && name->is_string() ? std::string(name->get_string()) : "";
  if (command == "ps") return reply(json::serialize(report_of(service_, port_)), {});
  if (command == "reload") return reload(reply);
  if (command == "listeners") {
    std::vector<int> descriptors;
    for (const base::UniqueFd& socket : spare_sockets_) descriptors.push_back(socket.get());
    return reply(json::serialize(json::object{{"port", port_}}), descriptors);
  }
  if (command == "retire") {
    answer(reply, {{"ok", true}});
    log_.say(Level::info, "another server has taken over; this one finishes what it has");
    return stop();
  }
  if (command == "snapshot") return snapshot(parsed.get_object(), reply);
  answer(reply, {{"error", "nobody knows the command \"" + command + "\""}});
}

void Production::snapshot(const json::object& request, const control::Reply& reply) {
  const auto* const pid = request.if_contains("pid");
  workers::WorkerHandle* const worker =
      pid != nullptr && pid->is_int64() && service_.fleet() != nullptr
          ? service_.fleet()->worker(static_cast<pid_t>(pid->get_int64()))
          : nullptr;
  if (worker == nullptr) return answer(reply, {{"error", "it has no such worker"}});
  const std::filesystem::path folder = options_.root / ".millrace" / "snapshots";
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::string name =
      fmt::format("{}-{}.heapsnapshot", worker->pid(),
                  std::chrono::duration_cast<std::chrono::seconds>(now).count());
  worker->snapshot((folder / name).string());
  answer(reply, {{"path", (folder / name).string()}});
}

void Production::reload(const control::Reply& reply) {
  if (stopping_) return answer(reply, {{"error", "the server is shutting down"}});
  auto deployment = read_deployment(options_);
  const auto refuse = [this, reply](const base::Error& error) {
    log_.say(Level::error, "The build in service stays: " + error.message());
    answer(reply, {{"error", error.message()}});
  };
  if (!deployment) return refuse(deployment.error());
  const std::filesystem::path folder = deployment->manifest_file.parent_path();
  // From now on, since a build beside it could have it removed while it loads.
  auto in_use = std::make_shared<std::unique_ptr<project::BuildInUse>>(
      std::make_unique<project::BuildInUse>(folder));
  tell_service_manager("RELOADING=1");
  std::vector<std::string> notes = deployment->notes;
  tell_port(*deployment, port_);
  service_.replace(std::move(deployment).value(),
                   [this, reply, refuse, folder, in_use,
                    notes = std::move(notes)](const base::Result<void>& taken) {
                     tell_service_manager("READY=1");
                     if (!taken) return refuse(taken.error());
                     in_use_ = std::move(*in_use);
                     const std::string name = folder.filename().string();
                     log_.say(Level::info, "  build " + name + " is in service");
                     if (notes != notes_) {
                       for (const std::string& note : notes) log_.say(Level::info, note);
                       notes_ = notes;
                     }
                     answer(reply, {{"build", name}});
                   });
}

void Production::stop() {
  // The second time somebody is in a hurry.
  if (std::exchange(stopping_, true)) return loop_.stop();
  tell_service_manager("STOPPING=1");
  // Who comes from now on is refused, or waits for the successor who holds the same sockets.
  spare_sockets_.clear();
  service_.shut_down([this] { loop_.stop(); });
}

}  // namespace millrace::serving
