// How an exchange responds from the cache: the response for a cached route, the shell of a page, and
// long bodies in pieces.
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/exchange.hpp"
#include "gateway/internal_fields.hpp"
#include "gateway/site.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

std::string_view Exchange::fields_for_worker(std::string_view fields, std::uint32_t route) {
  std::string added;
  const project::Route& asked = site_->manifest.routes[route];
  // The worker expects these as the first fields, in this order. API routes have a status themselves.
  if (initial_status_ != 200 && asked.is_page()) {
    http::append_field(added, kStatusField, std::to_string(initial_status_));
  }
  const auto query = resolution_ ? resolution_->rewritten_query() : std::nullopt;
  if (query) added.append(kRewrittenQueryField).append(": ").append(*query).append("\r\n");
  if (resolution_ && asked.kind == project::RouterKind::page && !resolution_->locale().empty()) {
    http::append_field(added, kLocaleField, resolution_->locale());
  }
  if (added.empty()) return fields;
  worker_fields_ = added.append(fields);
  return worker_fields_;
}

std::uint16_t Exchange::status_of(const cache::CachedResponse& response) const {
  // Route handlers always set a status.
  const bool is_page = site_->manifest.routes[target_.route].is_page();
  return is_page && response.status == 200 ? initial_status_ : response.status;
}

bool Exchange::respond_from_cache(const CacheVerdict& verdict) {
  using Kind = CacheVerdict::Kind;
  metrics::CacheMetrics& counted = context_.metrics().response_cache;
  target_ = verdict.target;
  switch (verdict.kind) {
    case Kind::uncached:
    case Kind::draft:
      return false;
    case Kind::method_not_allowed:
      response_.send({.status = 405, .reason = {}, .fields = kMethodNotAllowed.fields},
                     kMethodNotAllowed.text, true, Precedence::response);
      return true;
    case Kind::not_found:
      if (const auto& pages = site_->manifest.pages) {
        if (resolution_ && verdict.for_data) {
          const StaticTarget& page = verdict.target;
          const std::string locale = page.locale.empty() ? std::string() : '/' + page.locale;
          resolution_->pending().set("x-nextjs-matched-path",
                                     locale + site_->manifest.routes[page.route].path);
        }
        // As in Next.js, which has lost the locale by then.
        if (resolution_) resolution_->forget_locale();
        if (resolution_ && resolution_->asks_for_data()) {
          respond_without_data();
          return true;
        }
        respond_with_not_found_page(pages->not_found);
      } else {
        response_.send(kNotFound);
      }
      return true;
    case Kind::fresh:
      facts_.cache = observe::CacheState::hit;
      counted.hits.add();
      send_cached(verdict.response, "HIT");
      return true;
    case Kind::stale:
      facts_.cache = observe::CacheState::stale;
      counted.stale.add();
      // If no worker takes the fill now, the next request tries again.
      static_cast<void>(context_.responses().fill(verdict.target, nullptr));
      send_cached(verdict.response, "STALE");
      return true;
    case Kind::missing:
      facts_.cache = observe::CacheState::miss;
      facts_.asked_workers = true;
      facts_.begin_source(observe::ResponseOrigin::cache, context_.loop().now());
      counted.misses.add();
      source_.emplace<CacheFill>(context_.responses(), verdict.target,
                                 static_cast<ResponseSource::Observer&>(*this),
                                 static_cast<CacheFill::Observer&>(*this));
      source()->begin();
      return true;
  }
  return false;
}

void Exchange::send_cached(const cache::SharedResponse& response, std::string_view state) {
  facts_.origin = observe::ResponseOrigin::cache;
  std::string& fields = context_.scratch().fields;
  write_cached_fields(*response, state, fields);
  const project::Route& route = site_->manifest.routes[target_.route];
  add_vary(route, head_.fields, fields);
  // As in Next.js, the optimiser replaces fields of rules.
  const bool is_image = route.kind == project::RouterKind::image;
  const Precedence precedence = is_image ? Precedence::response : Precedence::pending;
  if (!response->postponed.empty()) return send_shell(response, fields);
  if (is_unchanged(*response, head_)) {
    is_image ? keep_validation_fields(fields) : remove_content_fields(fields);
    return response_.send({.status = 304, .reason = {}, .fields = fields}, {}, true, precedence);
  }
  send_cached_with(response, fields, precedence);
}

void Exchange::send_shell(const cache::SharedResponse& page, std::string_view fields) {
  const std::string_view asked = request_fields();
  WorkerCall call{.purpose = WorkerCall::Purpose::route,
                  .route = target_.route,
                  .parameters = target_.parameters,
                  .fields = fields_for_worker(asked, target_.route)};
  // A shell that is not kept is that of all paths of the page, whose entry sends it itself. A longer
  // one would exceed what the transport may hold.
  if (!page->keep || page->body.size() > CachedBody::kPiece) return invoke(call);
  auto pin = context_.responses().pin(page);
  if (!pin && context_.make_room(*this)) pin = context_.responses().pin(page);
  if (!pin) return response_.send(kBusy);
  response_.send({.status = status_of(*page), .reason = {}, .fields = fields}, page->body, false,
                 Precedence::pending);
  call.purpose = WorkerCall::Purpose::resume;
  source_
      .emplace<ResumeSource>(*site_, head_, peer_, traced(call),
                             ResumeSource::Page{.response = page, .pin = std::move(pin)},
                             static_cast<ResponseSource::Observer&>(*this))
      .begin();
}

void Exchange::send_cached_with(const cache::SharedResponse& response, std::string_view fields,
                                Precedence precedence) {
  const http::ResponseHead head{.status = status_of(*response), .reason = {}, .fields = fields};
  const std::size_t size = response->body.size();
  const bool has_body = response->status != 204 && response->status != 304;
  if (size <= CachedBody::kPiece || !has_body) {
    return response_.send(head, response->body, true, precedence);
  }
  auto pin = context_.responses().pin(response);
  if (!pin && context_.make_room(*this)) pin = context_.responses().pin(response);
  if (!pin) return response_.send(kBusy);
  CachedBody body(response, std::move(pin));
  const bool head_is_all = head_.method == "HEAD";
  response_.send_head(head, size, precedence);
  // A complete response may have destroyed the exchange.
  if (head_is_all) return;
  source_.emplace<CachedSource>(std::move(body), response_.transport(), context_.loop()).begin();
}

}  // namespace millrace::gateway
