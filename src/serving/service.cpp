#include "serving/service.hpp"

#include <algorithm>
#include <utility>

#include "cache/data_request.hpp"
#include "gateway/site.hpp"
#include "workers/role.hpp"

namespace millrace::serving {

namespace {

constexpr std::string_view kNoGenerations =
    "this server has loaded as many builds as it can tell apart; restart it";

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
}

Service::~Service() { *alive_ = false; }

void Service::allow_hosts(const std::vector<std::string>& allowed) {
  if (options_.development)
    server_.restrict_hosts(gateway::DevelopmentHosts(options_.hostname, allowed));
}

workers::Load Service::load_of(const Deployment& deployment) const {
  return {.generation = generation_,
          .manifest = deployment.manifest_file.string(),
          .root = options_.root.string(),
          .mode = options_.development ? "development" : "production",
          .environment_json = deployment.environment_changes,
          .eager = false,
          .routes = std::make_shared<std::vector<workers::RouteInfo>>(deployment.routes)};
}

void Service::deploy(Deployment deployment) {
  if (generations_used_up()) return fail(std::string(kNoGenerations));
  if (deployment.limits) server_.set_limits(*deployment.limits);
  ++generation_;
  allow_hosts(deployment.manifest.config.allowed_dev_origins);
  const workers::Load load = load_of(deployment);
  if (fleet_) {
    fleet_->load(load);
  } else {
    fleet_ = std::make_shared<workers::Fleet>(loop_, std::move(deployment.pools),
                                              static_cast<workers::Fleet::Observer&>(*this));
    fleet_->start(load);
  }
  serve(site_of(deployment, fleet_, generation_));
}

std::shared_ptr<const gateway::Site> Service::site_of(const Deployment& deployment,
                                                      std::shared_ptr<workers::Fleet> fleet,
                                                      std::uint32_t generation) const {
  return std::make_shared<const gateway::Site>(
      generation, deployment.manifest, std::move(fleet), options_.root,
      deployment.manifest_file.parent_path(), options_.development);
}

void Service::serve(std::shared_ptr<const gateway::Site> site) {
  // What an earlier build's code kept need not be what this one's expects.
  caches_.restart(site->manifest.config.cache_max_memory_size);
  server_.serve(std::move(site));
}

void Service::replace(Deployment deployment, std::function<void(base::Result<void>)> done) {
  if (coming_) {
    return done(base::Error(base::ErrorCode::conflict,
                            "another build is about to take over; try again when it has"));
  }
  if (generations_used_up()) {
    return done(base::Error(base::ErrorCode::conflict, std::string(kNoGenerations)));
  }
  ++generation_;
  workers::Load load = load_of(deployment);
  load.eager = true;
  auto pools = std::move(deployment.pools);
  // What nobody has asked for yet must be seen to load, too.
  for (workers::PoolPlan& pool : pools) {
    pool.options.min = std::max<std::size_t>(pool.options.min, 1);
  }
  coming_ = std::make_unique<Coming>();
  coming_->deployment = std::move(deployment);
  coming_->done = std::move(done);
  coming_->fleet = std::make_shared<workers::Fleet>(loop_, std::move(pools),
                                                    static_cast<workers::Fleet::Observer&>(*this));
  coming_->fleet->start(load);
}

void Service::on_fleet_ready(workers::Fleet& fleet) {
  if (!coming_ || coming_->fleet.get() != &fleet) return;
  // Not inside a call of the pool's: to switch is to destroy and to dispatch.
  loop_.post([this, alive = alive_] {
    if (*alive && coming_) probe();
  });
}

void Service::probe() {
  coming_->site = site_of(coming_->deployment, coming_->fleet, coming_->fleet->generation());
  // What cannot be read now must not take the place of what is served.
  if (!coming_->site->failure.empty()) return refuse_coming(coming_->site->failure);
  if (coming_->deployment.probe.empty()) return take_over();
  // Neither inside a call of the probe's: it goes with what is coming.
  const auto done = [this, alive = alive_](base::Result<void> answered) {
    loop_.post([this, alive, answered = std::move(answered)] {
      if (!*alive || !coming_) return;
      if (answered) return take_over();
      refuse_coming(answered.error().message());
    });
  };
  coming_->probe = std::make_unique<gateway::Probe>(coming_->site, coming_->deployment.probe, done);
  if (auto asked = coming_->probe->start(); !asked) refuse_coming(asked.error().message());
}

void Service::take_over() {
  const std::unique_ptr<Coming> coming = std::move(coming_);
  if (coming->deployment.limits) server_.set_limits(*coming->deployment.limits);
  auto old = std::exchange(fleet_, coming->fleet);
  serve(coming->site);
  if (old) retire(std::move(old), workers::Failure::stale_generation);
  coming->done({});
}

void Service::on_fleet_failed(workers::Fleet& fleet, std::string_view error) {
  if (!coming_ || coming_->fleet.get() != &fleet) return;
  loop_.post([this, alive = alive_, text = std::string(error)] {
    if (*alive && coming_) refuse_coming(text);
  });
}

void Service::refuse_coming(std::string text) {
  const std::unique_ptr<Coming> coming = std::move(coming_);
  retire(coming->fleet, workers::Failure::unavailable);
  coming->done(base::Error(base::ErrorCode::broken, std::move(text)));
}

void Service::retire(std::shared_ptr<workers::Fleet> fleet, workers::Failure queued) {
  workers::Fleet& retiring = *fleet;
  retired_.push_back(std::move(fleet));
  retiring.drain(queued);
}

void Service::fail(std::string text) { server_.serve(gateway::Site::broken(std::move(text))); }

void Service::set_environment(const std::vector<std::string>& environment) {
  if (fleet_) fleet_->set_environment(environment);
}

void Service::shut_down(std::function<void()> on_done) {
  on_done_ = std::move(on_done);
  if (coming_) refuse_coming("the server is shutting down");
  server_.shut_down([this] {
    if (fleet_) return retire(std::move(fleet_), workers::Failure::unavailable);
    if (retired_.empty()) on_done_();
  });
}

void Service::on_fleet_drained(workers::Fleet& fleet) {
  loop_.post([this, alive = alive_, drained = &fleet] {
    if (!*alive) return;
    std::erase_if(retired_, [drained](const auto& known) { return known.get() == drained; });
    if (on_done_ && !fleet_ && retired_.empty()) on_done_();
  });
}

void Service::on_fleet_log(link::LogLevel level, std::string_view text) {
  switch (level) {
    case link::LogLevel::debug:
      return log_.pass_on(observe::Level::debug, text);
    case link::LogLevel::info:
      return log_.pass_on(observe::Level::info, text);
    case link::LogLevel::warn:
      return log_.pass_on(observe::Level::warn, text);
    case link::LogLevel::error:
      return log_.pass_on(observe::Level::error, text);
  }
}

bool Service::on_cache_request(workers::Fleet& fleet, std::string_view scope,
                               std::string_view request, workers::CacheReply reply) {
  auto answer = cache::answer_request(caches_.of(scope).data, request, net::Clock::now(),
                                      &fleet == fleet_.get());
  if (!answer) return false;
  if (answer->refresh) {
    const cache::RefreshRequest& asked = *answer->refresh;
    responses_.refresh(server_.site(), scope, asked, [asked, reply = std::move(reply)](int status) {
      reply(cache::refresh_answer(asked, status));
    });
  } else {
    reply(answer->text);
  }
  return true;
}

}  // namespace millrace::serving
