#include "gateway/upstream_request.hpp"

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <utility>

#include "base/ascii.hpp"
#include "gateway/upgrade.hpp"
#include "http/connection_options.hpp"
#include "http/fields.hpp"
#include "http/response_writer.hpp"

namespace millrace::gateway {

namespace {

constexpr std::size_t kMostHeld = std::size_t{256} * 1024;
constexpr std::string_view kIncomplete =
    "it closed the connection before its response was complete";

/// Returns the response's end-to-end fields.
std::string forwarded_fields(std::string_view fields) {
  const http::ConnectionOptions options(fields);
  std::string out;
  for (const auto& [name, value] : http::FieldsView(fields)) {
    if (!http::is_connection_field(name) && !options.removes(name))
      http::append_field(out, name, value);
  }
  return out;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> known) {
  return std::find(known.begin(), known.end(), text) != known.end();
}

}  // namespace

UpstreamRequest::UpstreamRequest(net::EventLoop& loop, UpstreamPool& pool, UpstreamCall call,
                                 const http::RequestHead& head,
                                 std::shared_ptr<const net::TlsTrust> trust,
                                 ResponseSource::Observer& observer)
    : loop_(loop),
      pool_(pool),
      call_(std::move(call)),
      head_(head),
      trust_(std::move(trust)),
      observer_(observer),
      timer_(loop, [this] { fail("it did not respond in time", Cause::timeout); }) {}

UpstreamRequest::~UpstreamRequest() {
  *alive_ = false;
  // Both sides have ended the tunnel, but the upstream may not have taken all bytes yet.
  if (phase_ == Phase::tunnel && output_.ended && connection_) connection_->finish();
}

void UpstreamRequest::begin() {
  parser_.reset(head_.method == "HEAD");
  make_head();
  if (call_.forwarding == Forwarding::site && is_repeatable()) {
    connection_ = pool_.take(call_.target.server());
  }
  if (!connection_) return connect();
  on_kept_ = true;
  connection_->set_observer(static_cast<UpstreamConnection::Observer&>(*this));
  send_head();
}

void UpstreamRequest::make_head() {
  std::string& head = output_.head;
  const std::string_view fields = call_.fields;
  output_.chunked = head_.has_body && !http::find_field(fields, "content-length");
  output_.ended = !head_.has_body;
  head.append(head_.method).append(" ").append(call_.target.path).append(" HTTP/1.1\r\n");
  http::append_field(head, "host", call_.target.authority);
  for (const auto& [name, value] : http::FieldsView(fields)) {
    const bool length = base::equals_ignoring_case(name, "content-length");
    if (base::equals_ignoring_case(name, "host") || (length && !head_.has_body)) continue;
    if (http::is_connection_field(name)) continue;
    http::append_field(head, name, value);
  }
  if (output_.chunked) http::append_field(head, "transfer-encoding", "chunked");
  if (call_.forwarding == Forwarding::rewrite) {
    http::append_field(head, "connection", "close");
  } else if (const std::string_view upgrade = offered_upgrade(head_); !upgrade.empty()) {
    http::append_field(head, "connection", "Upgrade");
    http::append_field(head, "upgrade", upgrade);
  }
  head += "\r\n";
}

bool UpstreamRequest::is_repeatable() const {
  return !head_.has_body && offered_upgrade(head_).empty() &&
         is_one_of(head_.method, {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"});
}

void UpstreamRequest::connect() {
  connection_ = std::make_unique<UpstreamConnection>(loop_, call_.target, trust_,
                                                     std::exchange(call_.descriptor, nullptr));
  connection_->open(static_cast<UpstreamConnection::Observer&>(*this));
}

void UpstreamRequest::on_connected() {
  send_head();
  observer_.on_writable();
}

void UpstreamRequest::send_head() {
  if (on_kept_) {
    connection_->write(output_.head);
  } else {
    phase_ = Phase::responding;
    connection_->write(std::exchange(output_.head, {}));
  }
  timer_.set_after(call_.timeout);
}

bool UpstreamRequest::try_again() {
  if (!std::exchange(on_kept_, false)) return false;
  timer_.cancel();
  connect();
  return true;
}

void UpstreamRequest::await_bytes() {
  const bool begun = phase_ == Phase::responding && parser_.head().status >= 200;
  timer_.set_after(begun && call_.body_timeout.count() > 0 ? call_.body_timeout : call_.timeout);
}

std::size_t UpstreamRequest::body_room() const {
  const bool takes = phase_ == Phase::responding || phase_ == Phase::tunnel;
  return takes ? connection_->room() : 0;
}

void UpstreamRequest::send_body(std::string_view bytes, bool end) {
  if (!connection_ || output_.ended) return;
  output_.ended = end;
  if (phase_ == Phase::tunnel) {
    connection_->write(bytes);
    if (end) connection_->end_output();
    return;
  }
  await_bytes();
  if (!output_.chunked) return connection_->write(bytes);
  std::string out;
  if (!bytes.empty()) http::append_chunk(out, bytes);
  if (end) http::append_last_chunk(out);
  connection_->write(out);
}

void UpstreamRequest::credit(std::size_t bytes) {
  held_ -= std::min(bytes, held_);
  if (!paused_ || phase_ == Phase::over || held_ > kMostHeld / 2) return;
  paused_ = false;
  // Posted, since resume() offers bytes at once, which must not happen inside a call of the
  // observer.
  loop_.post([this, alive = alive_] {
    if (!*alive || phase_ == Phase::over) return;
    // The timeout applies to the upstream again.
    if (phase_ != Phase::tunnel) await_bytes();
    connection_->resume();
  });
}

void UpstreamRequest::on_writable() {
  if (phase_ != Phase::over) observer_.on_writable();
}

std::size_t UpstreamRequest::on_bytes(std::string_view input) {
  if (std::exchange(on_kept_, false)) call_.descriptor.reset();
  if (phase_ == Phase::connecting) phase_ = Phase::responding;
  if (phase_ != Phase::tunnel) await_bytes();
  std::size_t used = 0;
  const std::shared_ptr<bool> alive = alive_;
  while (phase_ != Phase::over && take_step(input, used)) {
    if (!*alive) return input.size();
  }
  return *alive && phase_ != Phase::over ? used : input.size();
}

bool UpstreamRequest::take_step(std::string_view input, std::size_t& used) {
  if (held_ >= kMostHeld) {
    // The client is slow, not the upstream.
    timer_.cancel();
    paused_ = true;
    connection_->pause();
    return false;
  }
  if (phase_ == Phase::tunnel) {
    const std::string_view bytes = input.substr(used, kMostHeld);
    used += bytes.size();
    held_ += bytes.size();
    if (!bytes.empty()) observer_.on_body(bytes, false);
    return !bytes.empty();
  }
  const auto step = parser_.parse(input.substr(used));
  used += step.consumed;
  using Event = http::ResponseParser::Event;
  switch (step.event) {
    case Event::need_more:
      return false;
    case Event::head:
      return take_head(used < input.size());
    case Event::body:
      held_ += step.body.size();
      observer_.on_body(step.body, false);
      return true;
    case Event::end:
      complete(used == input.size());
      observer_.on_body({}, true);
      return true;
    case Event::failed:
      fail("its response is not valid HTTP");
      return true;
  }
  return false;
}

bool UpstreamRequest::take_head(bool bytes_follow) {
  const http::ParsedResponseHead& head = parser_.head();
  if (head.status == 101) return take_switch(head);
  if (head.status < 200) {
    // An interim response is not forwarded.
    parser_.reset(head_.method == "HEAD");
    return true;
  }
  const std::string fields = forwarded_fields(head.fields);
  const std::string reason(head.reason);
  const link::ResponseView response{
      .status = head.status, .reason = reason, .fields = fields, .body = {}};
  if (!http::validate_fields(fields) || !http::is_field_value(reason)) {
    fail("its response has invalid fields");
    return true;
  }
  const bool end = !head.has_body;
  if (end) {
    complete(!bytes_follow);
  } else {
    await_bytes();
  }
  observer_.on_response(response, end);
  return true;
}

bool UpstreamRequest::take_switch(const http::ParsedResponseHead& head) {
  const auto fields =
      call_.forwarding == Forwarding::site ? accepted_upgrade(head_, head.fields) : std::nullopt;
  if (!fields) {
    fail("it switched to a protocol that the client has not asked for");
    return true;
  }
  timer_.cancel();
  phase_ = Phase::tunnel;
  output_.ended = false;
  connection_->keep_half_open();
  observer_.on_response({.status = 101, .reason = {}, .fields = *fields, .body = {}}, false);
  return true;
}

void UpstreamRequest::complete(bool reusable) {
  const http::ParsedResponseHead& head = parser_.head();
  if (reusable && output_.ended && head.keep_alive && call_.forwarding == Forwarding::site) {
    pool_.put(call_.target.server(), std::move(connection_),
              http::find_field(head.fields, "keep-alive").value_or(""));
  }
  stop();
}

void UpstreamRequest::stop() {
  phase_ = Phase::over;
  timer_.cancel();
  connection_.reset();
  call_.descriptor.reset();
}

void UpstreamRequest::cancel() { stop(); }

void UpstreamRequest::on_end() {
  if (phase_ == Phase::over) return;
  if (phase_ == Phase::tunnel) return observer_.on_body({}, true);
  if (try_again()) return;
  if (parser_.finish() != http::ResponseParser::Event::end) return fail(kIncomplete);
  complete(false);
  observer_.on_body({}, true);
}

void UpstreamRequest::on_broken(std::string_view why) {
  if (phase_ == Phase::over || try_again()) return;
  // The call destroys what `why` may point into.
  fail(std::string(why));
}

void UpstreamRequest::fail(std::string_view why, Cause cause) {
  if (phase_ == Phase::over) return;
  // Copies on the stack: the calls may destroy this object and what `why` points into.
  std::string reason = "cannot forward a request to " + call_.name + ": ";
  reason.append(why);
  SourceFailure failure = SourceFailure::upstream;
  if (call_.forwarding == Forwarding::site) {
    failure = cause == Cause::timeout ? SourceFailure::gateway_timeout : SourceFailure::bad_gateway;
  }
  stop();
  observer_.on_failed(failure, reason);
}

}  // namespace millrace::gateway
