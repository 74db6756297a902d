#include "serving/service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cache/data_request.hpp"
#include "gateway/site.hpp"

namespace millrace::serving {

namespace {

using base::ErrorCode;

constexpr std::string_view kNoGenerations =
    "this server has used up its generation numbers; restart it";

observe::Level to_level(link::LogLevel level) {
  switch (level) {
    case link::LogLevel::debug:
      return observe::Level::debug;
    case link::LogLevel::info:
      return observe::Level::info;
    case link::LogLevel::warn:
      return observe::Level::warn;
    case link::LogLevel::error:
      return observe::Level::error;
  }
  return observe::Level::info;
}

void count_lookup(metrics::CacheMetrics& counted, std::optional<cache::Freshness> found) {
  if (!found) return;
  switch (*found) {
    case cache::Freshness::fresh:
      return counted.hits.add();
    case cache::Freshness::stale:
      return counted.stale.add();
    case cache::Freshness::none:
      return counted.misses.add();
  }
}

}  // namespace

Service::Service(net::EventLoop& loop, ServiceOptions options, observe::Log& log)
    : loop_(loop),
      options_(std::move(options)),
      log_(log),
      memory_(std::make_shared<base::MemoryBudget>(options_.limits.memory)),
      responses_(caches_, memory_),
      server_(loop, responses_, memory_, options_.limits, log),
      generation_(options_.generations_before) {
  allow_hosts({});
  for (observe::RequestObserver* const observer : options_.observers) {
    server_.add_observer(*observer);
  }
}

Service::~Service() { *alive_ = false; }

void Service::allow_hosts(const std::vector<std::string>& allowed) {
  if (options_.development) {
    server_.restrict_hosts(gateway::DevelopmentHosts(options_.hostname, allowed));
  }
}

workers::Load Service::load_of(const Deployment& deployment) const {
  return {
      .generation = generation_,
      .manifest = deployment.manifest_file.string(),
      .root = options_.root.string(),
      .mode = options_.development ? "development" : "production",
      .environment_json = deployment.environment_changes,
      .eager = false,
      .follows_requests = options_.development || (deployment.logs && deployment.logs->request_ids),
      .routes = std::make_shared<std::vector<workers::RouteInfo>>(deployment.routes)};
}

std::shared_ptr<const gateway::Site> Service::site_of(const Deployment& deployment,
                                                      const std::shared_ptr<Fleet>& fleet,
                                                      std::uint32_t generation) const {
  // Shares ownership of the fleet, so that requests in flight keep it alive.
  std::shared_ptr<workers::Dispatcher> dispatcher(fleet, &fleet->dispatcher());
  auto site = std::make_shared<gateway::Site>(
      generation, deployment.manifest, std::move(dispatcher), options_.root,
      deployment.manifest_file.parent_path(), options_.development);
  site->upstream = deployment.upstream;
  site->health_path = deployment.health_path;
  if (deployment.links_stay) site->public_files.keep_links_within(options_.root);
  site->compression = gateway::compression_options(deployment.compression);
  for (const workers::RouteInfo& route : deployment.routes) site->labels.push_back(route.label);
  return site;
}

void Service::label_routes(Deployment& deployment) {
  for (workers::RouteInfo& route : deployment.routes) {
    std::string_view pool;
    if (route.pool < deployment.pools.size()) pool = deployment.pools[route.pool].options.name;
    route.label = server_.metrics().labels.of(route.path, pool);
  }
}

std::shared_ptr<Fleet> Service::make_fleet(std::vector<workers::PoolPlan> pools) {
  for (workers::PoolPlan& pool : pools) {
    pool.options.metrics = server_.metrics().pools.of(pool.options.name);
  }
  return options_.make_fleet(loop_, std::move(pools), static_cast<workers::WorkerServices&>(*this),
                             static_cast<Fleet::Observer&>(*this));
}

void Service::apply_limits(const Deployment& deployment) {
  if (!deployment.limits) return;
  server_.set_proxies(deployment.proxies);
  server_.set_limits(*deployment.limits);
  server_.set_traffic(deployment.traffic);
}

void Service::deploy(Deployment deployment) {
  if (life_ != Life::serving) return;
  if (generations_used_up()) return fail(std::string(kNoGenerations));
  apply_limits(deployment);
  label_routes(deployment);
  ++generation_;
  allow_hosts(deployment.manifest.config.allowed_dev_origins);
  const workers::Load load = load_of(deployment);
  bool has_workers = true;
  if (fleet_) {
    fleet_->load(load);
  } else {
    has_workers = std::any_of(deployment.pools.begin(), deployment.pools.end(),
                              [](const auto& pool) { return pool.options.min > 0; });
    fleet_ = make_fleet(std::move(deployment.pools));
    fleet_->start(load);
  }
  serve(site_of(deployment, fleet_, generation_), deployment.keeps_cache);
  if (!has_workers) report_loaded(*fleet_, {});
}

void Service::report_loaded(const Fleet& fleet, std::string_view failure) {
  if (&fleet == fleet_.get() && options_.on_loaded) options_.on_loaded(failure);
}

void Service::serve(std::shared_ptr<const gateway::Site> site, bool keeps_cache) {
  // Values that an earlier build's code cached may not fit the new build's code.
  if (!keeps_cache) caches_.restart(site->manifest.config.cache_max_memory_size);
  server_.serve(std::move(site));
}

base::Result<void> Service::check_room() const {
  if (life_ != Life::serving) {
    return base::Error(ErrorCode::conflict, "the server is shutting down");
  }
  if (generations_used_up()) {
    return base::Error(ErrorCode::conflict, std::string(kNoGenerations));
  }
  // A pending fleet that this deployment supersedes drains, too.
  const std::size_t draining = draining_.size() + (pending_ ? 1 : 0);
  if (draining >= kMostDraining) {
    return base::Error(
        ErrorCode::exhausted,
        fmt::format("{} earlier builds are still draining; try again when one of them has ended",
                    draining));
  }
  return {};
}

void Service::replace(Deployment deployment, OnReplaced done) {
  if (const auto room = check_room(); !room) return done(room.error());
  if (pending_) {
    reject(base::Error(ErrorCode::conflict, "a later deployment has superseded this one"));
  }
  label_routes(deployment);
  ++generation_;
  workers::Load load = load_of(deployment);
  load.eager = true;
  auto pools = std::move(deployment.pools);
  // Routes that no request has used yet must prove that they load, too.
  for (workers::PoolPlan& pool : pools) {
    pool.options.min = std::max<std::size_t>(pool.options.min, 1);
  }
  pending_ = std::make_unique<PendingDeployment>();
  pending_->generation = generation_;
  pending_->deployment = std::move(deployment);
  pending_->done = std::move(done);
  pending_->fleet = make_fleet(std::move(pools));
  pending_->fleet->start(load);
}

void Service::post_for(std::uint32_t generation, std::function<void()> task) {
  loop_.post([this, alive = alive_, generation, task = std::move(task)] {
    if (*alive && pending_ && pending_->generation == generation) task();
  });
}

void Service::on_fleet_ready(Fleet& fleet) {
  report_loaded(fleet, {});
  if (!pending_ || pending_->fleet.get() != &fleet) return;
  post_for(pending_->generation, [this] { probe(); });
}

void Service::on_fleet_failed(Fleet& fleet, std::string_view error) {
  report_loaded(fleet, error);
  if (!pending_ || pending_->fleet.get() != &fleet) return;
  post_for(pending_->generation,
           [this, text = std::string(error)] { reject(base::Error(ErrorCode::broken, text)); });
}

void Service::probe() {
  pending_->site = site_of(pending_->deployment, pending_->fleet, pending_->generation);
  // A site that cannot be compiled must not replace the one in service.
  if (!pending_->site->failure.empty()) {
    return reject(base::Error(ErrorCode::broken, pending_->site->failure));
  }
  if (pending_->deployment.probe.empty()) return promote();
  // The callback may run when another deployment is pending: draining fails the probe if it is
  // queued.
  const auto done = [this, generation = pending_->generation](const base::Result<void>& result) {
    post_for(generation, [this, result] {
      if (result) return promote();
      reject(result.error());
    });
  };
  pending_->probe =
      std::make_unique<gateway::Probe>(pending_->site, pending_->deployment.probe, done);
  if (auto started = pending_->probe->start(); !started) reject(started.error());
}

void Service::promote() {
  const std::unique_ptr<PendingDeployment> promoted = std::move(pending_);
  apply_limits(promoted->deployment);
  auto old = std::exchange(fleet_, promoted->fleet);
  serve(promoted->site);
  if (old) drain(std::move(old), workers::Failure::stale_generation);
  promoted->done({});
}

void Service::reject(const base::Error& error) {
  const std::unique_ptr<PendingDeployment> rejected = std::move(pending_);
  drain(rejected->fleet, workers::Failure::unavailable);
  rejected->done(error);
}

void Service::drain(std::shared_ptr<Fleet> fleet, workers::Failure queued) {
  Fleet& draining = *fleet;
  draining_.push_back(std::move(fleet));
  draining.drain(queued);
}

void Service::fail(std::string text) { server_.serve(gateway::Site::broken(std::move(text))); }

ServiceGauges Service::gauges() const {
  return {.connections = server_.connections(),
          .requests = server_.requests_in_flight(),
          .draining_fleets = draining_.size(),
          .client_memory = memory_->used(),
          .client_memory_limit = memory_->limit(),
          .data_cache = caches_.data_bytes(),
          .response_cache = caches_.response_bytes(),
          .cache_capacity = caches_.capacity()};
}

std::vector<std::vector<workers::PoolReport>> Service::fleet_reports() const {
  std::vector<std::vector<workers::PoolReport>> reports;
  if (fleet_) reports.push_back(fleet_->report());
  if (pending_) reports.push_back(pending_->fleet->report());
  for (const auto& fleet : draining_) reports.push_back(fleet->report());
  return reports;
}

Readiness Service::readiness() {
  if (life_ != Life::serving) return Readiness::draining;
  if (!fleet_ || !site()) return Readiness::starting;
  if (server_.paused() || !site()->failure.empty()) return Readiness::broken;
  if (fleet_->dispatcher().serves()) {
    was_ready_ = true;
    return Readiness::ready;
  }
  return was_ready_ ? Readiness::no_worker : Readiness::starting;
}

void Service::set_environment(const std::vector<std::string>& environment) {
  if (fleet_) fleet_->set_environment(environment);
}

void Service::shut_down(std::function<void()> on_done) {
  on_done_ = std::move(on_done);
  life_ = Life::shutting_down;
  if (pending_) reject(base::Error(ErrorCode::conflict, "the server is shutting down"));
  server_.shut_down([this] {
    life_ = Life::server_ended;
    if (fleet_) return drain(std::move(fleet_), workers::Failure::unavailable);
    finish_if_drained();
  });
}

void Service::on_fleet_drained(Fleet& fleet) {
  loop_.post([this, alive = alive_, drained = &fleet] {
    if (!*alive) return;
    std::erase_if(draining_, [drained](const auto& known) { return known.get() == drained; });
    finish_if_drained();
  });
}

void Service::finish_if_drained() {
  if (life_ != Life::server_ended || !draining_.empty()) return;
  life_ = Life::ended;
  server_.drain_traces(std::move(on_done_));
}

void Service::log(link::LogLevel level, std::string_view text) { log_.log(to_level(level), text); }

void Service::log_of_worker(link::LogLevel level, std::string_view text,
                            const workers::RequestTag* request) {
  observe::DevRequestLog* const dev = options_.dev_requests;
  if (request == nullptr) {
    if (dev != nullptr) dev->interrupt();
    return log_.log_raw(to_level(level), text);
  }
  const observe::LoggedRequest logged{.id = request->id,
                                      .trace_id = request->trace_id,
                                      .method = request->method,
                                      .target = request->target,
                                      .route = request->route};
  if (dev != nullptr) return dev->on_line(to_level(level), text, logged);
  log_.log_raw_of_request(to_level(level), text, logged);
}

bool Service::ask_cache(const workers::CacheRequest& request, workers::CacheReply reply) {
  // Generation numbers are unique across fleets.
  const bool in_service = fleet_ && fleet_->last_load().generation == request.generation;
  auto outcome = cache::handle_request(caches_.of(request.scope).data, request.payload,
                                       net::Clock::now(), in_service);
  if (!outcome) return false;
  count_lookup(server_.metrics().data_cache, outcome->found);
  if (outcome->refresh) {
    const cache::RefreshRequest& refresh = *outcome->refresh;
    responses_.refresh(server_.site(), request.scope, refresh,
                       [refresh, reply = std::move(reply)](int status) {
                         reply(cache::refresh_reply(refresh, status));
                       });
  } else {
    reply(outcome->text);
  }
  return true;
}

}  // namespace millrace::serving
