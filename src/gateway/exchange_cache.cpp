// The part of an exchange that only routes with static GETs need: their answers come from the cache,
// with the fields by which Next.js tells caches before it what to do.
#include "base/ascii.hpp"
#include "gateway/exchange.hpp"
#include "gateway/response_cache.hpp"
#include "gateway/server.hpp"
#include "gateway/site.hpp"
#include "http/fields.hpp"
#include "routing/query.hpp"

namespace millrace::gateway {

namespace {

constexpr std::string_view kUncached = "private, no-cache, no-store, max-age=0, must-revalidate";

}  // namespace

bool Exchange::answers_from_cache(const routing::Match& match) {
  const project::Route& route = site_->manifest.routes[match.route];
  draft_ = false;
  if (!route.cached) return false;
  draft_ = site_->draft_mode.is_on(head_.fields);
  if (draft_) return false;
  if (!reads_only(head_.method)) {
    respond({.status = 405, .reason = {}, .fields = "Allow: GET, HEAD\r\n"}, "Method Not Allowed",
            true, Precedence::answer);
    return true;
  }
  const StaticTarget target{.site = site_,
                            .route = match.route,
                            .parameters = routing::canonical_parameters(match.parameters)};
  if (!route.parameters.empty() && !route.cached->dynamic_params &&
      !site_->prerendered.has(response_key(target.route, target.parameters))) {
    reply_not_found();
    return true;
  }
  ResponseCache& cache = server_.responses();
  const cache::FoundResponse found = cache.find(target);
  if (found.freshness == cache::Freshness::fresh) {
    reply_from_cache(found.response, "HIT");
  } else if (found.freshness == cache::Freshness::stale) {
    // Where no worker takes it now, the next request tries again.
    static_cast<void>(cache.fill(target, nullptr));
    reply_from_cache(found.response, "STALE");
  } else if (cache.fill(target, this)) {
    filling_ = true;
  } else {
    on_failed(workers::Failure::unavailable);
  }
  return true;
}

void Exchange::reply_from_cache(const cache::SharedResponse& response, std::string_view state) {
  std::string& fields = server_.fields_scratch();
  fields.assign("x-nextjs-cache: ").append(state).append("\r\n");
  if (!http::find_field(response->fields, "cache-control")) {
    fields.append("cache-control: ").append(response->cache_control()).append("\r\n");
  }
  fields.append(response->fields);
  send_kept(response, fields, Precedence::pending);
}

void Exchange::send_kept(const cache::SharedResponse& response, std::string_view fields,
                         Precedence precedence) {
  const http::ResponseHead head{.status = response->status, .reason = {}, .fields = fields};
  const std::size_t size = response->body.size();
  const bool has_body = response->status != 204 && response->status != 304;
  if (size <= KeptReply::kPiece || !has_body) {
    return respond(head, response->body, true, precedence);
  }
  auto pin = server_.responses().pin(response);
  if (!pin && server_.make_room(*this)) pin = server_.responses().pin(response);
  if (!pin) return reply_busy();
  response_begun_ = true;
  kept_.emplace(response, std::move(pin));
  const bool head_is_all = head_.method == "HEAD";
  std::string merged;
  if (const PendingFields* const pending_fields = pending()) {
    pending_fields->merge(fields, precedence, merged);
    transport_.send_head({.status = head.status, .reason = {}, .fields = merged}, size);
  } else {
    transport_.send_head(head, size);
  }
  // Else the exchange may be gone.
  if (!head_is_all) send_more();
}

std::string Exchange::draft_fields(std::string_view given) {
  if (resolution_) resolution_->pending().set("Cache-Control", kUncached);
  std::string fields = "x-nextjs-cache: HIT\r\nCache-Control: ";
  fields.append(kUncached).append("\r\n");
  for (const auto& [name, value] : http::FieldsView(given)) {
    if (base::equals_ignoring_case(name, "cache-control")) continue;
    fields.append(name).append(": ").append(value).append("\r\n");
  }
  return fields;
}

void Exchange::keep_draft_control(std::string_view given) {
  const project::Route* const route = invoked_route();
  if (route == nullptr || !route->of_next) return;
  if (http::find_field(given, "cache-control") != kUncached) return;
  if (site_->draft_mode.is_on(head_.fields)) resolution_->pending().set("Cache-Control", kUncached);
}

void Exchange::on_filled(const cache::SharedResponse& response) {
  filling_ = false;
  if (response->evaluated) return reply_from_cache(response, "MISS");
  send_kept(response, response->fields, Precedence::answer);
}

void Exchange::on_fill_failed(workers::Failure failure) {
  filling_ = false;
  on_failed(failure);
}

}  // namespace millrace::gateway
