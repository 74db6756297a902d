#include "gateway/upstream_request.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/ascii.hpp"
#include "http/connection_options.hpp"
#include "http/fields.hpp"
#include "http/response_writer.hpp"

namespace millrace::gateway {

namespace {

constexpr std::chrono::seconds kConnectTime{30};
constexpr std::size_t kMostHeld = std::size_t{256} * 1024;
constexpr std::size_t kBodyPiece = std::size_t{64} * 1024;
constexpr net::StreamOptions kStreamOptions{.initial_buffer = 16384, .maximum_buffer = 131072};

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

}  // namespace

base::Result<UpstreamTarget> parse_upstream_url(std::string_view url) {
  UpstreamTarget target;
  const std::size_t scheme = url.find("://");
  const std::string_view name = url.substr(0, scheme);
  target.secure = base::equals_ignoring_case(name, "https");
  if (scheme == std::string_view::npos ||
      (!target.secure && !base::equals_ignoring_case(name, "http"))) {
    return base::Error(
        base::ErrorCode::invalid,
        "expected an http:// or https:// URL as the destination of a rewrite, found " +
            std::string(url));
  }
  const std::string_view rest = url.substr(scheme + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  target.authority = authority;
  target.path = rest.substr(end, rest.find('#') - end);
  if (!target.path.starts_with('/')) target.path.insert(0, 1, '/');
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  target.host = authority.substr(0, has_port ? colon : authority.size());
  target.port = has_port ? authority.substr(colon + 1) : std::string_view();
  // A colon without a number is the scheme's port, too (RFC 3986 §3.2.3).
  if (target.port.empty()) target.port = target.secure ? "443" : "80";
  if (target.host.starts_with('[') && target.host.ends_with(']')) {
    target.host = target.host.substr(1, target.host.size() - 2);
  }
  const bool plain = std::all_of(target.path.begin(), target.path.end(),
                                 [](char c) { return c > ' ' && c < '\x7f'; });
  const bool numbered = std::all_of(target.port.begin(), target.port.end(),
                                    [](char c) { return c >= '0' && c <= '9'; });
  if (target.host.empty() || !plain || !numbered || !http::is_field_value(target.host)) {
    return base::Error(base::ErrorCode::invalid,
                       "invalid destination of a rewrite: " + std::string(url));
  }
  return target;
}

UpstreamRequest::UpstreamRequest(net::EventLoop& loop, UpstreamCall call,
                                 const http::RequestHead& head,
                                 std::shared_ptr<const net::TlsTrust> trust,
                                 ResponseSource::Observer& observer)
    : loop_(loop),
      call_(std::move(call)),
      head_(head),
      observer_(observer),
      trust_(std::move(trust)),
      timer_(loop, [this] { fail("it did not respond in time"); }) {}

UpstreamRequest::~UpstreamRequest() {
  *alive_ = false;
  if (stream_) stream_->close();
}

void UpstreamRequest::begin() {
  const std::string_view fields = call_.fields;
  head_request_ = head_.method == "HEAD";
  parser_.reset(head_request_);
  chunked_ = head_.has_body && !http::find_field(fields, "content-length");
  request_head_.append(head_.method).append(" ").append(call_.target.path).append(" HTTP/1.1\r\n");
  http::append_field(request_head_, "host", call_.target.authority);
  for (const auto& [name, value] : http::FieldsView(fields)) {
    const bool length = base::equals_ignoring_case(name, "content-length");
    if (base::equals_ignoring_case(name, "host") || (length && !head_.has_body)) continue;
    if (http::is_connection_field(name)) continue;
    http::append_field(request_head_, name, value);
  }
  if (chunked_) http::append_field(request_head_, "transfer-encoding", "chunked");
  http::append_field(request_head_, "connection", "close");
  request_head_ += "\r\n";
  connector_.emplace(loop_, call_.target.host, call_.target.port, kConnectTime,
                     [this](base::Result<base::UniqueFd> socket) { connected(std::move(socket)); });
}

void UpstreamRequest::connected(base::Result<base::UniqueFd> socket) {
  if (!socket) return fail(socket.error().message());
  connector_.reset();
  stream_ = net::Stream::adopt(loop_, std::move(socket).value(),
                               static_cast<net::Stream::Observer&>(*this), kStreamOptions);
  stream_->start();
  if (call_.target.secure) {
    if (!trust_) return fail("no trusted certificates are loaded");
    tls_.emplace(*trust_, call_.target.host);
    std::string hello;
    tls_->start(hello);
    stream_->write(hello);
  }
  write(std::exchange(request_head_, {}));
  timer_.set_after(call_.timeout);
  observer_.on_writable();
}

std::size_t UpstreamRequest::body_room() const {
  if (tls_ && tls_->waiting() > 0) return 0;
  return stream_ && !over_ && stream_->unsent() == 0 ? kBodyPiece : 0;
}

void UpstreamRequest::send_body(std::string_view bytes, bool end) {
  if (!stream_ || over_) return;
  timer_.set_after(call_.timeout);
  if (!chunked_) return write(bytes);
  std::string out;
  if (!bytes.empty()) http::append_chunk(out, bytes);
  if (end) http::append_last_chunk(out);
  write(out);
}

void UpstreamRequest::credit(std::size_t bytes) {
  held_ -= std::min(bytes, held_);
  if (!paused_ || over_ || held_ > kMostHeld / 2) return;
  paused_ = false;
  // Posted, since resume() offers bytes at once, which must not happen inside a call of the
  // observer.
  loop_.post([this, alive = alive_] {
    if (!*alive || over_) return;
    // The timeout applies to the upstream again.
    timer_.set_after(call_.timeout);
    if (tls_) take_decrypted();
    if (*alive && !over_ && !paused_) stream_->resume();
  });
}

void UpstreamRequest::on_drained() {
  if (!over_) observer_.on_writable();
}

void UpstreamRequest::write(std::string_view bytes) {
  if (!tls_) return stream_->write(bytes);
  std::string ciphertext;
  tls_->send(bytes, ciphertext);
  if (!ciphertext.empty()) stream_->write(ciphertext);
}

std::size_t UpstreamRequest::on_bytes(std::string_view input) {
  timer_.set_after(call_.timeout);
  if (!tls_) return take(input);
  const std::size_t size = input.size();
  std::string ciphertext;
  const bool waited = tls_->waiting() > 0;
  const auto status = tls_->receive(input, decrypted_, ciphertext);
  if (!ciphertext.empty()) stream_->write(ciphertext);
  const std::shared_ptr<bool> alive = alive_;
  // Otherwise on_drained() notifies the observer.
  if (waited && tls_->waiting() == 0 && stream_->unsent() == 0) observer_.on_writable();
  if (!*alive || over_) return size;
  take_decrypted();
  if (!*alive || over_) return size;
  if (status == net::TlsClient::Status::failed) fail(tls_->failure());
  if (status == net::TlsClient::Status::ended) {
    close_notify_received_ = true;
    end_response();
  }
  return size;
}

void UpstreamRequest::take_decrypted() {
  const std::shared_ptr<bool> alive = alive_;
  // The parser's views must stay valid during the observer's calls, which may destroy this object.
  const std::string bytes = std::exchange(decrypted_, {});
  if (bytes.empty()) return;
  const std::size_t used = take(bytes);
  if (!*alive || over_) return;
  decrypted_.insert(0, bytes, used);
  if (close_notify_received_) end_response();
}

std::size_t UpstreamRequest::take(std::string_view input) {
  std::size_t used = 0;
  const std::shared_ptr<bool> alive = alive_;
  while (!over_ && take_step(input, used)) {
    if (!*alive) return input.size();
  }
  return *alive && !over_ ? used : input.size();
}

bool UpstreamRequest::take_step(std::string_view input, std::size_t& used) {
  if (held_ >= kMostHeld) {
    // The client is slow, not the upstream.
    timer_.cancel();
    paused_ = true;
    stream_->pause();
    return false;
  }
  const auto step = parser_.parse(input.substr(used));
  used += step.consumed;
  using Event = http::ResponseParser::Event;
  switch (step.event) {
    case Event::need_more:
      return false;
    case Event::head:
      return take_head();
    case Event::body:
      held_ += step.body.size();
      observer_.on_body(step.body, false);
      return true;
    case Event::end:
      complete();
      observer_.on_body({}, true);
      return true;
    case Event::failed:
      fail("its response is not valid HTTP");
      return true;
  }
  return false;
}

bool UpstreamRequest::take_head() {
  const http::ParsedResponseHead& head = parser_.head();
  if (head.status < 200) {
    // An interim response is not forwarded.
    parser_.reset(head_request_);
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
  if (end) complete();
  observer_.on_response(response, end);
  return true;
}

void UpstreamRequest::complete() {
  over_ = true;
  timer_.cancel();
  if (stream_) stream_->close();
}

bool UpstreamRequest::on_end() {
  closed_in_order_ = true;
  return false;
}

void UpstreamRequest::on_closed() {
  if (over_) return;
  // Closing the connection ends a response without a declared length (RFC 9112 §6.3), unless an
  // attacker could have closed it: over TLS the upstream must send close_notify (§9.8).
  const bool cut = tls_ ? !close_notify_received_ : !closed_in_order_;
  if (cut) return fail("it closed the connection before its response was complete");
  end_response();
}

void UpstreamRequest::end_response() {
  // The bytes that wait for a slow client are passed on first.
  if (paused_ && !decrypted_.empty()) return;
  if (parser_.finish() == http::ResponseParser::Event::end) {
    complete();
    return observer_.on_body({}, true);
  }
  fail("it closed the connection before its response was complete");
}

void UpstreamRequest::fail(std::string_view why) {
  if (over_) return;
  complete();
  // A copy on the stack: the call may destroy this object.
  std::string reason = "cannot forward a request to " + call_.name + ": ";
  reason.append(why);
  observer_.on_failed(SourceFailure::upstream, reason);
}

}  // namespace millrace::gateway
