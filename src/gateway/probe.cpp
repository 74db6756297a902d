#include "gateway/probe.hpp"

#include <utility>

#include "routing/path.hpp"
#include "workers/dispatcher.hpp"

namespace millrace::gateway {

namespace {

constexpr int kFinal = 200;
constexpr int kServerErrors = 500;

}  // namespace

Probe::Probe(std::shared_ptr<const Site> site, std::string path,
             std::function<void(base::Result<void>)> done)
    : site_(std::move(site)),
      path_(std::move(path)),
      done_(std::move(done)),
      invocation_(static_cast<workers::Invocation::Observer&>(*this)) {}

Probe::~Probe() = default;

base::Error Probe::failed(const std::string& found) const {
  return {base::ErrorCode::broken, "the probe " + path_ +
                                       " (millrace.toml, [server] probe): expected a status "
                                       "below 500, found " +
                                       found};
}

base::Result<void> Probe::start() {
  std::string scratch;
  const routing::PathResult path = routing::normalise(path_, site_->path_rules, scratch);
  routing::Match match;
  if (path.outcome != routing::PathResult::Outcome::route ||
      !site_->matcher.match(path.path, match) || match.malformed) {
    return failed("no route that matches");
  }
  parameters_ = match.parameters;
  invocation_.request = {.generation = site_->generation,
                         .route = match.route,
                         .method = "GET",
                         .remote_address = "127.0.0.1",
                         .target = path_,
                         .parameters = parameters_,
                         .fields = "Host: localhost\r\n",
                         .remote_port = 0,
                         .http_version = 11,
                         .secure = false};
  const workers::Dispatch dispatch = site_->dispatcher->dispatch(invocation_);
  if (dispatch == workers::Dispatch::open || dispatch == workers::Dispatch::queued) return {};
  return failed("no worker that takes the request");
}

void Probe::on_response(const link::ResponseView& response, bool /*end*/) {
  // The rest of the response is not needed.
  invocation_.abort(link::AbortReason::client_gone);
  const auto done = std::move(done_);
  // A status below 200 is not a final status: clients would get 502.
  if (response.status >= kFinal && response.status < kServerErrors) return done({});
  done(failed(std::to_string(response.status)));
}

void Probe::on_failed(workers::Failure /*failure*/) {
  const auto done = std::move(done_);
  done(failed("no response: the worker ended, or the request timed out"));
}

}  // namespace millrace::gateway
