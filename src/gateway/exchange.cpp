#include "gateway/exchange.hpp"

#include "gateway/server.hpp"
#include "gateway/site.hpp"
#include "routing/path.hpp"
#include "workers/dispatcher.hpp"

namespace millrace::gateway {

namespace {

constexpr std::string_view kWorkerDied =
    "Bad Gateway: the worker that ran this route ended before it had answered.\n";
constexpr std::string_view kHandlerFailed =
    "Bad Gateway: the route gave up before it had answered.\n";
constexpr std::string_view kBadStatus =
    "Bad Gateway: the route answered with a status below 200, which is no final answer.\n";
constexpr std::string_view kUnavailable =
    "Service Unavailable: no worker can take this request now.\n";
constexpr std::string_view kHeadTooLarge =
    "Request Header Fields Too Large: with what the proxy file adds they are more than a worker "
    "takes.\n";
constexpr std::string_view kPaused =
    "Bad Gateway: this route has ended its workers again and again and pauses for a while.\n";
constexpr std::string_view kDeadline =
    "Gateway Timeout: the route took longer than its maxDuration.\n";
constexpr std::string_view kBusy =
    "Service Unavailable: the server has too much at hand for this request now.\n";
constexpr std::string_view kForeignHost =
    "Forbidden: in development this server answers only under localhost, an IP address, and the "
    "name given with --hostname, so that no page of another site can reach it by a name that leads "
    "here.\nTo use another name, add it to allowedDevOrigins in next.config: allowedDevOrigins: "
    "['name.example', '*.name.example'].\n";
/// What some resource here may take; RFC 9110 §9.3.7 asks for no more.
constexpr std::string_view kAllMethods = "Allow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n";
constexpr std::string_view kNotFound = "This page could not be found.\n";
/// As Next.js says it of files of the build, which are no pages.
constexpr std::string_view kNoBuildFile = "Not Found";
constexpr std::string_view kNoStore =
    "Cache-Control: private, no-cache, no-store, max-age=0, must-revalidate\r\n";

}  // namespace

bool Exchange::reads_only(std::string_view method) { return method == "GET" || method == "HEAD"; }

Exchange::Exchange(Server& server, Transport& transport, const http::RequestHead& head,
                   const net::Peer& peer)
    : server_(server),
      transport_(transport, head, server.compression(), server.memory(),
                 static_cast<CompressingTransport::Observer&>(*this)),
      head_(head),
      peer_(peer) {}

Exchange::~Exchange() {
  if (held_) server_.release(*this);
  if (filling_) server_.responses().leave(*this);
}

void Exchange::start() {
  // Of the server as a whole: no site has a say.
  if (head_.target == "*") {
    return respond({.status = 204, .reason = {}, .fields = kAllMethods}, {}, true,
                   Precedence::answer);
  }
  if (server_.holding()) {
    held_ = true;
    server_.keep(*this);
    return;
  }
  route();
}

void Exchange::resume() {
  held_ = false;
  route();
}

void Exchange::reply_with_text(std::uint16_t status, std::string_view text,
                               std::string_view more_fields) {
  std::string& fields = server_.fields_scratch();
  fields.assign("Content-Type: text/plain; charset=utf-8\r\n");
  fields.append(more_fields);
  respond({.status = status, .reason = {}, .fields = fields}, text, true, Precedence::answer);
}

const PendingFields* Exchange::pending() const {
  return resolution_ && !resolution_->pending().empty() ? &resolution_->pending() : nullptr;
}

void Exchange::respond(const http::ResponseHead& head, std::string_view body, bool end,
                       Precedence precedence) {
  response_begun_ = true;
  if (const PendingFields* const fields = pending()) {
    std::string merged;
    fields->merge(head.fields, precedence, merged);
    return transport_.send_response(
        {.status = head.status, .reason = head.reason, .fields = merged}, body, end);
  }
  transport_.send_response(head, body, end);
}

void Exchange::reply_not_found() { reply_with_text(404, kNotFound); }

void Exchange::answer_unrouted() {
  if (site_->is_for_build_file(head_.target)) {
    // In development routes of `next dev` name files of its own.
    if (!site_->manifest.next_dev.empty()) return pass_to_next_dev();
    return reply_with_text(404, kNoBuildFile, kNoStore);
  }
  if (!site_->dispatcher || !site_->dispatcher->listens()) return reply_not_found();
  const std::string_view fields = resolution_ ? resolution_->fields() : head_.fields;
  invoke({.route = protocol::kNoRoute, .parameters = {}, .fields = fields});
}

void Exchange::route() {
  site_ = server_.site();
  if (site_->manifest.config.compress) transport_.enable();
  if (!server_.answers_host(head_.fields)) return reply_with_text(403, kForeignHost);
  if (!site_->failure.empty()) return reply_with_text(500, site_->failure);
  const routing::PathResult path =
      routing::normalise(head_.target, site_->path_rules, server_.path_scratch());
  using Outcome = routing::PathResult::Outcome;
  if (path.outcome == Outcome::bad_request) return reply_with_text(400, "Bad Request");
  if (path.outcome == Outcome::redirect) return redirect(308, path.location);
  if (site_->rules) {
    resolution_ = std::make_unique<Resolution>(*site_, path, head_.fields);
    return take(resolution_->begin());
  }
  if (path.outcome == Outcome::outside) return answer_unrouted();
  if (const auto file = site_->find_file(path.path)) {
    if (reply_with_file(*file)) return;
  }
  routing::Match& match = server_.match_scratch();
  if (!site_->matcher.match(path.path, match)) return answer_unrouted();
  if (match.malformed) return reply_with_text(400, "Bad Request");
  if (answers_from_cache(match)) return;
  invoke({.route = match.route, .parameters = match.parameters, .fields = head_.fields});
}

void Exchange::redirect(std::uint16_t status, std::string_view location) {
  std::string& fields = server_.fields_scratch();
  fields.assign("Location: ").append(location).append("\r\n");
  // As Next.js, for the sake of old browsers.
  if (status == 308) fields.append("Refresh: 0;url=").append(location).append("\r\n");
  respond({.status = status, .reason = {}, .fields = fields}, location, true, Precedence::answer);
}

void Exchange::reply_busy() { reply_with_text(503, kBusy, "Retry-After: 1\r\n"); }

bool Exchange::reply_with_file(const FoundFile& found) {
  ClientTable::Lease descriptor = server_.take_descriptor();
  if (!descriptor) {
    reply_busy();
    return true;
  }
  auto opened =
      FileReply::open(found.path, site_->file_etags(), std::move(descriptor), found.caching);
  if (const auto* const failure = std::get_if<FileReply::Failure>(&opened)) {
    // What cannot be told is not "it is not there": a route of the same path must not take its place.
    if (failure->kind == FileReply::Failure::Kind::absent) return false;
    server_.give_notice(Notice::file,
                        "cannot open " + found.path.string() + ": " + failure->reason());
    if (failure->kind == FileReply::Failure::Kind::exhausted) {
      reply_busy();
    } else {
      reply_with_text(500, "Internal Server Error");
    }
    return true;
  }
  if (!reads_only(head_.method)) {
    reply_with_text(405, "Method Not Allowed", "Allow: GET, HEAD\r\n");
    return true;
  }
  file_.emplace(std::move(std::get<FileReply>(opened)));
  response_begun_ = true;
  if (file_->begin(head_, transport_, server_.fields_scratch(), pending())) send_more();
  return true;
}

void Exchange::invoke(const Call& call) {
  if (is_for_next_dev(call.route)) return pass_to_next_dev();
  invocation_.emplace(static_cast<workers::Invocation::Observer&>(*this));
  invocation_->request = {.generation = site_->generation,
                          .route = call.route,
                          .method = head_.method,
                          .remote_address = peer_.address,
                          .target = head_.target,
                          .parameters = call.parameters,
                          .fields = call.fields,
                          .remote_port = peer_.port,
                          .http_version = head_.version,
                          .secure = false};
  invocation_->has_body = head_.has_body;
  begin_replay();
  switch (site_->dispatcher->dispatch(*invocation_)) {
    case workers::Dispatch::refused:
      return reply_with_text(503, kUnavailable, "Retry-After: 1\r\n");
    case workers::Dispatch::too_large:
      return reply_with_text(431, kHeadTooLarge);
    case workers::Dispatch::paused:
      return reply_with_text(502, kPaused, "Retry-After: 1\r\n");
    case workers::Dispatch::outdated:
      if (server_.site() == site_) return reply_with_text(503, kUnavailable, "Retry-After: 1\r\n");
      return on_failed(workers::Failure::stale_generation);
    case workers::Dispatch::queued:
      // The scratch serves the next request; this one waits with a copy of its own.
      parameters_ = call.parameters;
      invocation_->request.parameters = parameters_;
      return;
    case workers::Dispatch::open:
      if (replaying_) return send_copied_body();
      if (head_.has_body) transport_.want_body();
      return;
  }
}

std::size_t Exchange::body_room() const { return replaying_ ? 0 : source_credit(); }

void Exchange::on_request_body(std::string_view bytes, bool end) {
  send_to_source(bytes, end);
  if (in_middleware_) copy_body(bytes, end);
}

Precedence Exchange::precedence_of_route() const {
  const project::Route* const route = invoked_route();
  const bool is_app = route != nullptr && route->kind == project::RouterKind::app;
  return is_app ? Precedence::pending : Precedence::answer;
}

const project::Route* Exchange::invoked_route() const {
  const std::vector<project::Route>& routes = site_->manifest.routes;
  if (!invocation_ || invocation_->request.route >= routes.size()) return nullptr;
  return &routes[invocation_->request.route];
}

void Exchange::account(std::size_t bytes) {
  unaccounted_ += bytes;
  if (unaccounted_ == 0 || transport_.unsent() > 0) return;
  if (upstream_) {
    upstream_->consumed(unaccounted_);
  } else {
    invocation_->consumed(unaccounted_);
  }
  unaccounted_ = 0;
}

void Exchange::send_more() {
  // A client as fast as the server must not hold the loop.
  const bool more = file_ ? file_->go_on(transport_) : kept_->go_on(transport_);
  if (more) server_.loop().at_turn_end(*this);
}

void Exchange::on_sent() {
  if (transport_.go_on() || transport_.unsent() > 0) return;
  if (file_ || kept_) return send_more();
  if (invocation_ || upstream_) account(0);
}

std::size_t Exchange::source_credit() const {
  if (upstream_) return upstream_->body_credit();
  return invocation_ ? invocation_->body_credit() : 0;
}

void Exchange::send_to_source(std::string_view bytes, bool end) {
  if (upstream_) return upstream_->send_body(bytes, end);
  invocation_->send_body(bytes, end);
}

void Exchange::on_response(const link::ResponseView& response, bool end) {
  if (response.status < 200) {
    invocation_->abort(link::AbortReason::protocol_error);
    return reply_with_text(502, kBadStatus);
  }
  if (in_middleware_) {
    if (take_middleware_answer(response, end)) return;
    // Its fields have joined the pending ones.
    respond({.status = response.status, .reason = response.reason, .fields = {}}, response.body,
            end, Precedence::answer);
    if (!end) account(response.body.size());
    return;
  }
  if (draft_) {
    const std::string fields = draft_fields(response.fields);
    respond({.status = response.status, .reason = response.reason, .fields = fields}, response.body,
            end, Precedence::pending);
    if (!end) account(response.body.size());
    return;
  }
  if (resolution_ && !upstream_) keep_draft_control(response.fields);
  const Precedence precedence =
      resolution_ && !upstream_ ? precedence_of_route() : Precedence::answer;
  respond({.status = response.status, .reason = response.reason, .fields = response.fields},
          response.body, end, precedence);
  if (!end) account(response.body.size());
}

void Exchange::on_body(std::string_view bytes, bool end) {
  transport_.send_body(bytes, end);
  if (!end) account(bytes.size());
}

void Exchange::on_writable() {
  if (replaying_) return send_copied_body();
  transport_.want_body();
}

void Exchange::on_failed(workers::Failure failure) {
  if (failure == workers::Failure::stale_generation) {
    in_middleware_ = false;
    return start();
  }
  if (response_begun_) return transport_.cut();
  if (upstream_) return fail_upstream();
  switch (failure) {
    case workers::Failure::worker_died:
      return reply_with_text(502, kWorkerDied);
    case workers::Failure::handler_failed:
      return reply_with_text(502, kHandlerFailed);
    case workers::Failure::deadline:
      return reply_with_text(504, kDeadline);
    case workers::Failure::unavailable:
    case workers::Failure::stale_generation:
      return reply_with_text(503, kUnavailable, "Retry-After: 1\r\n");
  }
}

}  // namespace millrace::gateway
