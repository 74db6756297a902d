#include "gateway/worker_source.hpp"

#include "gateway/site.hpp"
#include "gateway/upgrade.hpp"

namespace millrace::gateway {

WorkerSource::WorkerSource(const Site& site, const http::RequestHead& head, const net::Peer& peer,
                           const WorkerCall& call, ResponseSource::Observer& observer)
    : site_(site),
      head_(head),
      observer_(observer),
      purpose_(call.purpose),
      invocation_(static_cast<workers::Invocation::Observer&>(*this)) {
  invocation_.request = {.generation = site.generation,
                         .route = call.route,
                         .method = head.method,
                         .remote_address = peer.address,
                         .target = call.target.empty() ? head.target : call.target,
                         .parameters = call.parameters,
                         .fields = call.fields,
                         .remote_port = peer.port,
                         .http_version = head.version,
                         .secure = peer.is_secure()};
  invocation_.request.upgrade = call.upgrade;
  invocation_.tag = {.id = call.id,
                     .trace_id = call.trace_id,
                     .method = head.method,
                     .target = head.target,
                     .route = {}};
  if (const project::Route* const invoked = route()) invocation_.tag.route = invoked->path;
  invocation_.has_body = head.has_body || call.purpose == WorkerCall::Purpose::resume;
}

const project::Route* WorkerSource::route() const {
  const std::vector<project::Route>& routes = site_.manifest.routes;
  const std::uint32_t number = invocation_.request.route;
  return number < routes.size() ? &routes[number] : nullptr;
}

void WorkerSource::begin() {
  switch (site_.dispatcher->dispatch(invocation_)) {
    case workers::Dispatch::refused:
      return observer_.on_failed(SourceFailure::unavailable, {});
    case workers::Dispatch::too_large:
      return observer_.on_failed(SourceFailure::head_too_large, {});
    case workers::Dispatch::paused:
      return observer_.on_failed(SourceFailure::paused, {});
    case workers::Dispatch::outdated:
      return observer_.on_failed(SourceFailure::outdated, {});
    case workers::Dispatch::queued:
      // The views point to scratch that the next request reuses, so a queued invocation needs
      // copies.
      parameters_ = invocation_.request.parameters;
      invocation_.request.parameters = parameters_;
      return;
    case workers::Dispatch::open:
      if (invocation_.has_body) observer_.on_writable();
      return;
  }
}

void WorkerSource::on_response(const link::ResponseView& response, bool end) {
  if (response.status >= 200) return observer_.on_response(response, end);
  // A status below 200 is not a final response.
  invocation_.abort(link::AbortReason::protocol_error);
  observer_.on_failed(SourceFailure::bad_status, {});
}

void WorkerSource::on_upgrade(std::string_view fields) {
  const auto accepted = accepted_upgrade(head_, fields);
  if (accepted) {
    return observer_.on_response({.status = 101, .reason = {}, .fields = *accepted, .body = {}},
                                 false);
  }
  invocation_.abort(link::AbortReason::protocol_error);
  observer_.on_failed(SourceFailure::bad_upgrade, {});
}

}  // namespace millrace::gateway
