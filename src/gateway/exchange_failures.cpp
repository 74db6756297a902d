// The part of Exchange that responds where nothing matches a request, and where its source fails.
#include <string>
#include <string_view>
#include <variant>

#include "gateway/exchange.hpp"
#include "gateway/internal_fields.hpp"
#include "gateway/site.hpp"
#include "gateway/upgrade.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

void Exchange::respond_unrouted() {
  if (site_->upstream) return forward_to_upstream();
  if (!offered_upgrade(head_).empty() && is_listened_to()) return pass_to_listeners();
  const std::string_view path = resolution_ ? resolution_->path() : head_.target;
  const std::string_view locale = resolution_ ? resolution_->locale() : std::string_view();
  const bool for_build_file = site_->is_for_build_file(path, locale);
  // In development, routes of `next dev` reference static files of their own.
  if (site_->next_dev_serves_pages() || (for_build_file && !site_->manifest.next_dev.empty())) {
    return forward_to_next_dev();
  }
  if (for_build_file) return response_.send(kNoBuildFile);
  if (resolution_ && resolution_->asks_for_data()) return respond_without_data();
  if (const auto& pages = site_->manifest.pages)
    return respond_with_not_found_page(pages->not_found);
  if (!is_listened_to()) return response_.send(kNotFound);
  pass_to_listeners();
}

bool Exchange::is_listened_to() const {
  const auto which =
      offered_upgrade(head_).empty() ? workers::Unrouted::all : workers::Unrouted::upgrades;
  return site_->dispatcher && site_->dispatcher->listens(which);
}

void Exchange::pass_to_listeners() {
  const std::string_view fields = request_fields();
  invoke({.purpose = WorkerCall::Purpose::unrouted,
          .route = protocol::kNoRoute,
          .parameters = {},
          .fields = fields});
}

void Exchange::respond_unlistened() {
  // Listeners come before redirects to a path's usual form, as in Next.js.
  const routing::PathResult path = normalised_path();
  if (path.outcome == routing::PathResult::Outcome::redirect) {
    return response_.redirect(308, path.location);
  }
  response_.send(kNotFound);
}

void Exchange::respond_without_data() {
  std::string fields;
  http::append_field(fields, "Cache-Control", kUncached);
  http::append_field(fields, "x-nextjs-matched-path", resolution_->path());
  http::append_field(fields, "Content-Type", "application/json");
  response_.send({.status = 404, .reason = {}, .fields = fields}, "{}", true, Precedence::response);
}

void Exchange::respond_with_not_found_page(std::uint32_t route) {
  respond_with_route({.route = route, .parameters = {}, .malformed = false}, request_fields());
}

bool Exchange::respond_with_failure_page(std::uint16_t status) {
  const auto page = site_->failure_page(status);
  if (!page) return false;
  initial_status_ = status;
  // Past the cache: the worker adds the fields of a failure.
  invoke({.purpose = WorkerCall::Purpose::route,
          .route = *page,
          .parameters = {},
          .fields = fields_for_worker(request_fields(), *page)});
  return true;
}

void Exchange::on_failed(SourceFailure failure, std::string_view reason) {
  end_traced_call();
  const bool restarts = failure == SourceFailure::stale_generation ||
                        (failure == SourceFailure::outdated && context_.site() != site_);
  end_source();
  if (restarts) return start();
  if (failure == SourceFailure::tunnel_closed) return response_.transport().end_tunnel();
  log_failure(failure, reason);
  if (response_.transport().begun()) return response_.transport().cut();
  const auto* const worker = std::get_if<WorkerSource>(&source_);
  const bool of_middleware =
      worker != nullptr && worker->purpose() == WorkerCall::Purpose::middleware;
  if (of_middleware && failure == SourceFailure::handler_failed) {
    if (!respond_with_failure_page(500)) response_.send(kServerError);
    return;
  }
  facts_.origin = observe::ResponseOrigin::server;
  response_.send(response_to(failure));
}

}  // namespace millrace::gateway
