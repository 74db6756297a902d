#include "gateway/exchange.hpp"

#include "gateway/server.hpp"
#include "gateway/site.hpp"
#include "routing/path.hpp"
#include "workers/pool.hpp"

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
constexpr std::string_view kNotFound = "This page could not be found.\n";

bool reads_only(std::string_view method) { return method == "GET" || method == "HEAD"; }

}  // namespace

Exchange::Exchange(Server& server, Transport& transport, const http::RequestHead& head,
                   const net::Peer& peer)
    : server_(server), transport_(transport), head_(head), peer_(peer) {}

Exchange::~Exchange() {
  if (held_) server_.release(*this);
}

void Exchange::start() {
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
  response_begun_ = true;
  transport_.send_response({.status = status, .reason = {}, .fields = fields}, text, true);
}

void Exchange::route() {
  site_ = server_.site();
  if (!site_->failure.empty()) return reply_with_text(500, site_->failure);
  const routing::PathResult path =
      routing::normalise(head_.target, site_->path_rules, server_.path_scratch());
  using Outcome = routing::PathResult::Outcome;
  if (path.outcome == Outcome::bad_request) return reply_with_text(400, "Bad Request");
  if (path.outcome == Outcome::outside) return reply_with_text(404, kNotFound);
  if (path.outcome == Outcome::redirect) {
    return redirect(path.location);
  }
  if (const auto file = site_->public_files.find(path.path)) {
    file_ = FileReply::open(*file);
    if (file_) return reply_with_file();
  }
  routing::Match& match = server_.match_scratch();
  if (!site_->matcher.match(path.path, match)) return reply_with_text(404, kNotFound);
  if (match.malformed) return reply_with_text(400, "Bad Request");
  invoke(match.route);
}

void Exchange::redirect(std::string_view location) {
  std::string& fields = server_.fields_scratch();
  fields.assign("Location: ").append(location);
  fields.append("\r\nRefresh: 0;url=").append(location).append("\r\n");
  response_begun_ = true;
  transport_.send_response({.status = 308, .reason = {}, .fields = fields}, location, true);
}

void Exchange::reply_with_file() {
  if (!reads_only(head_.method)) {
    file_.reset();
    return reply_with_text(405, "Method Not Allowed", "Allow: GET, HEAD\r\n");
  }
  response_begun_ = true;
  file_->begin(head_, transport_, server_.fields_scratch());
}

void Exchange::invoke(std::uint32_t route_number) {
  invocation_.emplace(static_cast<workers::Invocation::Observer&>(*this));
  invocation_->request = {.generation = site_->generation,
                          .route = route_number,
                          .method = head_.method,
                          .remote_address = peer_.address,
                          .target = head_.target,
                          .parameters = server_.match_scratch().parameters,
                          .fields = head_.fields,
                          .remote_port = peer_.port,
                          .http_version = head_.version,
                          .secure = false};
  invocation_->has_body = head_.has_body;
  switch (server_.pool().dispatch(*invocation_)) {
    case workers::Dispatch::refused:
      return reply_with_text(503, kUnavailable, "Retry-After: 1\r\n");
    case workers::Dispatch::queued:
      // The scratch serves the next request; this one waits with a copy of its own.
      parameters_ = server_.match_scratch().parameters;
      invocation_->request.parameters = parameters_;
      return;
    case workers::Dispatch::open:
      if (head_.has_body) transport_.want_body();
      return;
  }
}

std::size_t Exchange::body_room() const { return invocation_ ? invocation_->body_credit() : 0; }

void Exchange::on_request_body(std::string_view bytes, bool end) {
  invocation_->send_body(bytes, end);
}

void Exchange::account(std::size_t bytes) {
  unaccounted_ += bytes;
  if (unaccounted_ == 0 || transport_.unsent() > 0) return;
  invocation_->consumed(unaccounted_);
  unaccounted_ = 0;
}

void Exchange::on_sent() {
  if (file_) return file_->go_on(transport_);
  if (invocation_) account(0);
}

void Exchange::on_response(const link::ResponseView& response, bool end) {
  if (response.status < 200) {
    invocation_->abort(link::AbortReason::protocol_error);
    return reply_with_text(502, kBadStatus);
  }
  response_begun_ = true;
  transport_.send_response(
      {.status = response.status, .reason = response.reason, .fields = response.fields},
      response.body, end);
  if (!end) account(response.body.size());
}

void Exchange::on_body(std::string_view bytes, bool end) {
  transport_.send_body(bytes, end);
  if (!end) account(bytes.size());
}

void Exchange::on_writable() { transport_.want_body(); }

void Exchange::on_failed(workers::Failure failure) {
  if (failure == workers::Failure::stale_generation) return start();
  if (response_begun_) return transport_.cut();
  switch (failure) {
    case workers::Failure::worker_died:
      return reply_with_text(502, kWorkerDied);
    case workers::Failure::handler_failed:
      return reply_with_text(502, kHandlerFailed);
    case workers::Failure::unavailable:
    case workers::Failure::stale_generation:
      return reply_with_text(503, kUnavailable, "Retry-After: 1\r\n");
  }
}

}  // namespace millrace::gateway
