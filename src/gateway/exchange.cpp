#include "gateway/exchange.hpp"

#include <type_traits>
#include <utility>

#include "gateway/development_pages.hpp"
#include "gateway/internal_fields.hpp"
#include "gateway/middleware_result.hpp"
#include "gateway/rsc_request.hpp"
#include "gateway/site.hpp"
#include "gateway/upgrade.hpp"
#include "http/fields.hpp"
#include "project/route.hpp"
#include "routing/locales.hpp"
#include "routing/path.hpp"
#include "routing/url_text.hpp"

namespace millrace::gateway {

namespace {

/// The methods that some resource may support; RFC 9110 §9.3.7 requires no more.
constexpr std::string_view kAllMethods = "Allow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n";

}  // namespace

Exchange::Exchange(ExchangeContext& context, Transport& transport, const http::RequestHead& head,
                   const net::Peer& peer)
    : context_(context),
      response_(context, transport, head, static_cast<CompressingTransport::Observer&>(*this)),
      head_(head),
      peer_(peer),
      identity_(head.fields, context.request_ids()) {
  if (RequestTracer* const tracer = context.tracer()) {
    trace_ = std::make_unique<ExchangeTrace>(*tracer, head, peer);
  }
}

void Exchange::start() {
  if (respond_at_edge()) return;
  // The target "*" is the server as a whole, independent of the site.
  if (head_.target == "*") {
    return response_.send({.status = 204, .reason = {}, .fields = kAllMethods}, {}, true,
                          Precedence::response);
  }
  const DevelopmentPages* const pages = context_.development();
  if (pages != nullptr && DevelopmentPages::owns(head_.target)) return respond_for(*pages);
  if (context_.paused()) {
    source_.emplace<Place>(context_, *this);
    return;
  }
  route();
}

void Exchange::respond_for(const DevelopmentPages& pages) {
  if (!context_.accepts_host(head_.fields)) return response_.send(kForeignHost);
  const auto made = pages.respond(head_, peer_, context_.paused());
  response_.send({.status = made.status, .reason = {}, .fields = made.fields}, made.body, true,
                 Precedence::response);
}

void Exchange::use_site(std::shared_ptr<const Site> site) {
  response_.transport().set_options(site->compresses() ? &site->compression : nullptr);
  site_ = std::move(site);
}

void Exchange::route() {
  source_.emplace<std::monostate>();
  response_.set_pending(nullptr);
  resolution_.reset();
  initial_status_ = 200;
  resolution_site_.reset();
  use_site(context_.site());
  if (site_->is_health_check(head_.target)) return respond_to_health_check();
  if (!context_.accepts_host(head_.fields)) return response_.send(kForeignHost);
  if (!context_.is_directed_here(head_.fields, peer_)) return response_.send(kMisdirected);
  if (!site_->failure.empty())
    return response_.send(OwnResponse{.status = 500, .text = site_->failure});
  if (const auto location =
          routing::locale_redirect(site_->manifest.config, head_.target, head_.fields)) {
    return response_.redirect(307, *location);
  }
  ExchangeScratch& scratch = context_.scratch();
  const routing::PathResult path = normalised_path();
  using Outcome = routing::PathResult::Outcome;
  if (path.outcome == Outcome::bad_request) return response_.send(kBadRequest);
  if (TrafficControl* const traffic = context_.traffic()) {
    if (!admit(*traffic, path)) return;
  }
  if (path.outcome == Outcome::redirect) {
    return is_listened_to() ? pass_to_listeners() : response_.redirect(308, path.location);
  }
  if (site_->is_internal_of_next_dev(head_.target)) return forward_to_next_dev();
  if (site_->rules) {
    resolution_ = std::make_unique<Resolution>(*site_, path, head_.fields);
    response_.set_pending(&resolution_->pending());
    return take(resolution_->begin());
  }
  if (path.outcome == Outcome::outside) return respond_unrouted();
  if (const auto file = site_->find_file(path.path, deployment_in(path.query))) {
    if (respond_with_file(*file)) return;
  }
  if (!site_->match(path.path, scratch.match)) return respond_unrouted();
  if (scratch.match.malformed) return take(Resolution::Step::malformed);
  respond_with_route(scratch.match, head_.fields);
}

routing::PathResult Exchange::normalised_path() {
  const auto& locales = site_->manifest.config.i18n;
  return routing::normalise(
      head_.target, site_->path_rules, context_.scratch().path,
      locales ? routing::default_locale(*locales, head_.fields) : std::string_view());
}

void Exchange::take(Resolution::Step step) {
  using Step = Resolution::Step;
  facts_.origin = observe::ResponseOrigin::server;
  switch (step) {
    case Step::redirect:
      // As in Next.js: fields of headers() are not added to redirects of next.config.
      resolution_->pending() = PendingFields();
      return response_.redirect(resolution_->status(), resolution_->location());
    case Step::middleware:
      return invoke({.purpose = WorkerCall::Purpose::middleware,
                     .route = site_->manifest.middleware_number(),
                     .parameters = {},
                     .fields = resolution_->fields(),
                     .target = resolution_->middleware_target()});
    case Step::route:
      return respond_with_route(resolution_->match(), resolution_->fields());
    case Step::file:
      if (!respond_with_file(resolution_->file())) response_.send(kNotFound);
      return;
    case Step::external:
      return forward();
    case Step::not_found:
      return respond_unrouted();
    case Step::malformed:
      if (resolution_) resolution_->pending() = PendingFields();
      if (!respond_with_failure_page(400)) response_.send(kBadRequest);
      return;
    case Step::failed:
      resolution_->pending() = PendingFields();
      return response_.send(kServerError);
    case Step::undecided:
      resolution_->pending() = PendingFields();
      context_.log(observe::Level::warn, resolution_->undecided());
      return response_.send(kUndecided);
  }
}

void Exchange::respond_to_health_check() {
  const bool serves = site_->failure.empty() && (!site_->dispatcher || site_->dispatcher->serves());
  const bool ready = serves && !context_.shutting_down();
  response_.send(OwnResponse{.status = static_cast<std::uint16_t>(ready ? 200 : 503),
                             .text = ready ? "ready\n" : "not ready\n",
                             .fields = "Cache-Control: no-store\r\n"});
}

void Exchange::respond_with_route(const routing::Match& match, std::string_view fields) {
  facts_.route = match.route;
  label_ = site_->label_of(match.route);
  if (const auto location = rsc_redirect(*site_, match.route, head_.target, fields)) {
    const std::string moved = "location: " + *location + "\r\n";
    return response_.send({.status = 307, .reason = {}, .fields = moved}, {}, true,
                          Precedence::pending);
  }
  const std::string_view locale = resolution_ ? resolution_->locale() : std::string_view();
  const CacheVerdict verdict =
      judge_cached(site_, match, head_, fields, locale, context_.responses());
  if (respond_from_cache(verdict)) return;
  if (site_->is_for_next_dev(match.route)) return forward_to_next_dev();
  if (site_->manifest.routes[match.route].kind == project::RouterKind::image) {
    return respond_with_image(match.route, fields);
  }
  if (site_->manifest.routes[match.route].lazy) return wait_for_route(match);
  const bool draft = verdict.kind == CacheVerdict::Kind::draft;
  if (draft) facts_.cache = observe::CacheState::bypass;
  invoke({.purpose = draft ? WorkerCall::Purpose::draft : WorkerCall::Purpose::route,
          .route = match.route,
          .parameters = match.parameters,
          .fields = fields_for_worker(fields, match.route)});
}

void Exchange::respond_with_image(std::uint32_t route, std::string_view fields) {
  if (!site_->images || !site_->images->enabled()) {
    if (site_->manifest.pages) return respond_with_not_found_page(site_->manifest.pages->not_found);
    return response_.send(kNotFound);
  }
  const auto rewritten = resolution_ ? resolution_->rewritten_query() : std::nullopt;
  std::string server;
  if (!peer_.local_host.empty()) {
    const bool secure = peer_.entry == net::Entry::tls;
    server.append(kServerField).append(secure ? ": https://" : ": http://");
    server.append(peer_.local_host);
    server.append(":").append(std::to_string(peer_.local_port)).append("\r\n");
  }
  worker_fields_.clear();
  if (rewritten) {
    // The worker expects it as the first field.
    worker_fields_.append(kRewrittenQueryField).append(": ").append(*rewritten).append("\r\n");
  } else {
    const std::string_view query = routing::split_url(head_.target).query;
    if (const auto refusal = site_->images->refusal(query)) {
      return response_.send({.status = 400, .reason = {}, .fields = {}}, *refusal, true,
                            Precedence::response);
    }
    auto target = image_target(site_, route, head_, query, fields);
    if (target) {
      target->fields.insert(0, server);
      return static_cast<void>(
          respond_from_cache(judge_stored(std::move(*target), context_.responses())));
    }
  }
  worker_fields_.append(server).append(fields);
  invoke({.purpose = WorkerCall::Purpose::route,
          .route = route,
          .parameters = {},
          .fields = worker_fields_});
}

void Exchange::invoke(const WorkerCall& call) {
  using Purpose = WorkerCall::Purpose;
  if (admission_ && gives_way(call.route)) return response_.send(kGivesWay);
  WorkerCall named = call;
  named.id = identity_.id();
  named.trace_id = identity_.trace_id();
  named.upgrade = (call.purpose == Purpose::route || call.purpose == Purpose::unrouted) &&
                  !offered_upgrade(head_).empty();
  named.fields = identity_.with_id(call.fields, worker_fields_);
  facts_.begin_source(observe::ResponseOrigin::worker, context_.loop().now());
  facts_.asked_workers = facts_.route.has_value() && call.purpose != Purpose::middleware;
  body_.begin(call.purpose == Purpose::middleware ? RequestBody::Reader::middleware
                                                  : RequestBody::Reader::last,
              head_.has_body);
  source_
      .emplace<WorkerSource>(*site_, head_, peer_, traced(named),
                             static_cast<ResponseSource::Observer&>(*this))
      .begin();
}

const ResponseSource* Exchange::source() const {
  return std::visit(
      [](const auto& source) -> const ResponseSource* {
        using Source = std::decay_t<decltype(source)>;
        if constexpr (std::is_same_v<Source, UpstreamSource>) return source.get();
        if constexpr (std::is_base_of_v<ResponseSource, Source>) return &source;
        return nullptr;
      },
      source_);
}

ResponseSource* Exchange::source() {
  return const_cast<ResponseSource*>(std::as_const(*this).source());
}

// Passing on the request's body.

void Exchange::on_request_body(std::string_view bytes, bool end) {
  ResponseSource* const to = source();
  if (to == nullptr) return;
  to->send_body(bytes, end);
  if (body_.is_copied()) copy_body(bytes, end);
}

void Exchange::copy_body(std::string_view bytes, bool end) {
  using Copied = RequestBody::Copied;
  const std::size_t limit = site_->manifest.config.proxy_body_limit;
  Copied copied = body_.copy(bytes, end, limit, context_.memory());
  if (copied == Copied::no_room && context_.make_room(*this)) {
    copied = body_.copy(bytes, end, limit, context_.memory());
  }
  if (copied == Copied::yes) return;
  body_.drop_copy();
  source()->cancel();
  if (copied == Copied::no_room) return response_.send(kBusy);
  response_.send(OwnResponse{.status = 413, .text = too_long_for_middleware(limit)});
}

// Sending the response.

void Exchange::on_response(const link::ResponseView& response, bool end) {
  end_source();
  const auto* const worker = std::get_if<WorkerSource>(&source_);
  if (response.status == 101) return begin_tunnel(response);
  if (worker == nullptr)
    return forward_response(response, response.fields, end, Precedence::response);
  switch (worker->purpose()) {
    case WorkerCall::Purpose::middleware:
      end_traced_call();
      return take_middleware_response(response, end);
    case WorkerCall::Purpose::route:
      return take_route_response(*worker, response, end);
    case WorkerCall::Purpose::draft:
      if (resolution_) resolution_->pending().set("Cache-Control", kUncached);
      return forward_response(response, draft_fields(response.fields), end, Precedence::pending);
    case WorkerCall::Purpose::unrouted:
      if (http::find_field(response.fields, kUnroutedField)) return respond_unlistened();
      [[fallthrough]];
    case WorkerCall::Purpose::resume:
      return forward_response(response, response.fields, end, Precedence::response);
  }
}

void Exchange::begin_tunnel(const link::ResponseView& response) {
  body_.begin(RequestBody::Reader::last, true);
  tunnel_.emplace(context_.metrics().tunnels);
  if (response_.pending() == nullptr)
    return response_.transport().switch_protocols(response.fields);
  std::string merged;
  response_.pending()->merge(response.fields, Precedence::response, merged);
  response_.transport().switch_protocols(switching_fields(merged));
}

void Exchange::take_route_response(const WorkerSource& worker, const link::ResponseView& response,
                                   bool end) {
  if (end && context_.development() != nullptr && http::find_field(response.fields, kErrorField)) {
    return response_.send(OwnResponse{.status = response.status, .text = response.body});
  }
  Precedence precedence = Precedence::response;
  if (resolution_) {
    const project::Route& route = *worker.route();
    // As in Next.js, the optimiser and Pages API routes replace fields of rules.
    if (route.kind != project::RouterKind::pages && route.kind != project::RouterKind::image) {
      precedence = Precedence::pending;
    }
    // Rules do not override the Cache-Control that an entry of `next build` sets in draft mode.
    if (route.of_next && http::find_field(response.fields, "cache-control") == kUncached &&
        site_->draft_mode.is_on(head_.fields)) {
      resolution_->pending().set("Cache-Control", kUncached);
    }
  }
  forward_response(response, response.fields, end, precedence);
}

void Exchange::take_middleware_response(const link::ResponseView& response, bool end) {
  MiddlewareResult result = read_middleware_result(response.status, response.fields,
                                                   resolution_->fields(), resolution_->pending());
  using Kind = MiddlewareResult::Kind;
  if (result.kind == Kind::respond || result.kind == Kind::redirect) {
    label_ = metrics::RouteLabels::kMiddleware;
  }
  if (result.kind == Kind::respond) {
    body_.drop_copy();
    // The response's fields have been added to the pending ones.
    return forward_response(response, {}, end, Precedence::response);
  }
  if (!end) source()->cancel();
  if (result.kind == Kind::redirect) return response_.redirect(response.status, result.location);
  resolution_->set_fields(std::move(result.request_fields), std::move(result.set_fields));
  initial_status_ = response.status;
  take(result.kind == Kind::rewrite ? resolution_->after_rewrite(result.rewrite)
                                    : resolution_->after_next());
}

void Exchange::forward_response(const link::ResponseView& response, std::string_view fields,
                                bool end, Precedence precedence) {
  response_.send({.status = response.status, .reason = response.reason, .fields = fields},
                 response.body, end, precedence);
  if (!end) account(response.body.size());
}

void Exchange::on_body(std::string_view bytes, bool end) {
  response_.transport().send_body(bytes, end);
  if (!end) account(bytes.size());
}

void Exchange::account(std::size_t bytes) {
  unaccounted_ += bytes;
  if (unaccounted_ > 0 && response_.transport().unsent() == 0) {
    source()->credit(std::exchange(unaccounted_, 0));
  }
}

void Exchange::on_sent() {
  if (response_.transport().send_more() || response_.transport().unsent() > 0) return;
  if (ResponseSource* const from = source()) from->credit(std::exchange(unaccounted_, 0));
}

}  // namespace millrace::gateway
