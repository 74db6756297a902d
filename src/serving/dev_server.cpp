#include "serving/dev_server.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "base/host_resources.hpp"
#include "net/listener.hpp"
#include "net/local_certificate.hpp"
#include "project/settings.hpp"
#include "serving/banner.hpp"
#include "serving/launch.hpp"
#include "serving/pool_plans.hpp"
#include "serving/upstream_choice.hpp"
#include "serving/version.hpp"
#include "workers/role.hpp"

namespace millrace::serving {

namespace {

using observe::Level;

/// Ctrl-C must not wait long for an open event stream.
constexpr std::uint32_t kGraceSeconds = 1;

/// Errors in the file are reported when the project is built.
project::Settings settings_of(const DevOptions& options) {
  auto settings = project::read_settings(options.runtime.root, {});
  return settings ? std::move(settings).value() : project::Settings{};
}

/// One pool for all routes of a kind: there is one worker to look at, and it may be stopped at a
/// breakpoint for a long time. `pool`: the default pool, whose flags for Node.js it has.
workers::PoolPlan node_pool(const DevOptions& options, const project::PoolSettings& pool) {
  workers::PoolPlan plan;
  plan.launch = launch_of(workers::kNodeWorker, options.runtime);
  plan.launch.arguments.insert(plan.launch.arguments.begin(), pool.node_flags.begin(),
                               pool.node_flags.end());
  plan.options.min = options.workers;
  plan.options.max = options.workers;
  plan.options.blocked = std::chrono::milliseconds(0);
  plan.launch.inspector = options.inspector;
  // Waiting for a debugger to attach has no limit.
  if (options.inspector) plan.options.start_timeout = std::chrono::milliseconds(0);
  return plan;
}

/// Starts its worker when a route in C++ is first called, and keeps it.
workers::PoolPlan native_pool(const DevOptions& options) {
  workers::PoolPlan plan;
  plan.role = &workers::kNativeWorker;
  plan.launch = native_launch(options.runtime);
  plan.launch.arguments = {"--threads", std::to_string(base::usable_cpus())};
  plan.options.name = "C++";
  plan.options.min = 0;
  plan.options.max = 1;
  plan.options.idle = std::chrono::hours(24);
  plan.options.blocked = std::chrono::milliseconds(0);
  return plan;
}

/// The positions of the two pools in the fleet.
std::vector<PoolPlaces> places() { return {{.node = 0, .native = 1}}; }

/// Bounds that depend on the project are those that its rules for requests use.
gateway::ServerLimits limits_of(const DevOptions& options, const project::Settings& settings) {
  gateway::ServerLimits limits;
  limits.grace = kGraceSeconds;
  limits.linger = 0;
  limits.head_size = head_size_of(settings.limits.head_size, options.runtime.environment);
  limits.exempt_clients = settings.limits.exempt_clients;
  return limits;
}

/// Which hosts are served depends on allowedDevOrigins, and a browser connects without a header of
/// the PROXY protocol.
project::ProxyKeys proxies_of(const project::Settings& settings) {
  project::ProxyKeys proxies = settings.proxies;
  proxies.allowed_hosts.clear();
  proxies.proxy_protocol = false;
  return proxies;
}

dev::ProjectBuilder::Options builder_options(const DevOptions& options) {
  dev::ProjectBuilder::Options building;
  building.root = options.runtime.root;
  building.generator = std::string("millrace ") + kVersion;
  building.development = true;
  building.real_environment = options.runtime.environment;
  building.launch = launch_of(workers::kBuilder, options.runtime);
  return building;
}

}  // namespace

ServiceOptions DevServer::service_options() {
  ServiceOptions service;
  service.root = options_.runtime.root;
  service.development = true;
  service.hostname = options_.host;
  service.limits = limits_of(options_, settings_of(options_));
  service.observers.push_back(&requests_);
  service.dev_requests = &requests_;
  service.on_loaded = [this](std::string_view failure) { report_.loaded(failure); };
  return service;
}

DevServer::DevServer(const DevOptions& options, observe::Log& log)
    : options_(options),
      log_(log),
      report_(options.runtime.root, log),
      requests_(log, observe::SecretMask(settings_of(options).log.mask)),
      environment_(options.runtime.environment),
      builder_(loop_, builder_options(options)),
      service_(loop_, service_options(), log),
      control_(service_, options.runtime.root),
      session_(loop_, builder_, options.runtime.root, *this),
      signals_(loop_, {SIGINT, SIGTERM}, [this](int) { stop(); }) {
  service_.compile_with([this](const std::string& file) { session_.want(file); });
}

int DevServer::run() {
  if (auto made = make_pages(); !made) return refuse_to_start(made.error());
  auto bound = net::bind_sockets(options_.host, options_.port);
  if (!bound) return refuse_to_start(bound.error());
  port_ = bound->port;
  const ServerUrls urls = urls_of(bound->sockets, port_, options_.https);
  if (options_.https) {
    if (auto secured = secure(); !secured) return refuse_to_start(secured.error());
  }
  service_.listen(std::move(bound->sockets), options_.https ? net::Entry::tls : net::Entry::plain);
  service_.server().set_silence(std::chrono::seconds(settings_of(options_).log.silence));
  if (options_.poll) session_.poll_always(*options_.poll);
  if (auto started = session_.start(); !started) return refuse_to_start(started.error());
  if (const auto opened = control_.open(loop_, port_); !opened) {
    log_.log(Level::warn, opened.error().message() + "; `millrace ps` cannot reach this server");
  }
  for (const std::string& line : title_lines("development", urls)) log_.log(Level::info, line);
  loop_.run();
  return 0;
}

base::Result<void> DevServer::secure() {
  const std::filesystem::path folder = options_.runtime.root / ".millrace" / "https";
  auto files = net::local_certificate(folder);
  if (!files) return files.error();
  const std::string certificate = files->certificate;
  auto tls = net::TlsServer::load({.certificates = {std::move(files).value()}},
                                  std::make_shared<net::TlsTicketKeys>());
  if (!tls) return tls.error();
  service_.server().set_tls(std::move(tls).value());
  log_.log(Level::info, "  - HTTPS:   browsers warn until " + certificate + " is trusted");
  return {};
}

void DevServer::on_rebuild_begins(bool native_only) {
  report_.rebuild_begins(native_only);
  if (!native_only) service_.pause();
}

void DevServer::on_built(dev::BuiltProject built) {
  report_.built(built);
  deploy(std::move(built), false);
}

void DevServer::on_compiled(dev::BuiltProject built) {
  report_.compiled(built);
  deploy(std::move(built), true);
}

void DevServer::deploy(dev::BuiltProject built, bool keeps_cache) {
  DevEnvironment::Update environment = environment_.update(built.environment, port_);
  service_.set_environment(environment.lines);
  const auto file = project::read_settings(options_.runtime.root, {});
  project::Settings given = file ? *file : project::Settings{};
  if (given.pools.empty()) given.pools.emplace_back();
  auto upstream = choose_upstream(given, options_.upstream);
  if (!upstream) return on_failed(upstream.error().message());
  project::Settings settings;
  settings.pools.emplace_back();
  Deployment deployment;
  deployment.upstream = std::move(upstream).value();
  deployment.links_stay = given.follow_links == "project";
  deployment.compression = given.compression;
  // Where millrace.toml cannot be read, the rules stay as they were.
  if (file) {
    deployment.limits = limits_of(options_, given);
    deployment.proxies = proxies_of(given);
    deployment.traffic = given.traffic;
  }
  deployment.keeps_cache = keeps_cache;
  deployment.pools = {node_pool(options_, given.pools.front()), native_pool(options_)};
  for (workers::PoolPlan& pool : deployment.pools) pool.launch.environment = environment.lines;
  deployment.environment_changes = std::move(environment.changes);
  deployment.routes = describe_routes(settings, built.manifest, places());
  deployment.manifest_file = built.manifest_file;
  deployment.manifest = std::move(built.manifest);
  service_.deploy(std::move(deployment));
}

void DevServer::on_failed(const std::string& text) {
  report_.failed(text);
  service_.fail(text);
}

base::Result<void> DevServer::make_pages() {
  const std::filesystem::path path = options_.runtime.share / "error_page.html";
  std::ifstream file(path);
  std::string page((std::istreambuf_iterator<char>(file)), {});
  if (page.empty()) {
    return base::Error(base::ErrorCode::not_found,
                       path.string() + " is missing: this installation is incomplete");
  }
  service_.set_development({std::move(page), [this](const gateway::SourcePlace& place) {
                              return open_in_editor(place);
                            }});
  return {};
}

base::Result<void> DevServer::open_in_editor(const gateway::SourcePlace& place) {
  namespace fs = std::filesystem;
  const fs::path& root = options_.runtime.root;
  std::error_code failed;
  const fs::path file = fs::canonical(root / place.file, failed);
  const bool inside =
      !failed &&
      std::mismatch(root.begin(), root.end(), file.begin(), file.end()).first == root.end();
  if (!inside || !fs::is_regular_file(file, failed)) {
    return base::Error(base::ErrorCode::not_found, place.file + " is no file of this project");
  }
  builder_.open_in_editor({.file = file, .line = place.line, .column = place.column},
                          [this](const std::string& why) { log_.log(Level::warn, why); });
  return {};
}

int DevServer::refuse_to_start(const base::Error& error) {
  log_.log(Level::error, error.message());
  return 1;
}

void DevServer::stop() {
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

}  // namespace millrace::serving
