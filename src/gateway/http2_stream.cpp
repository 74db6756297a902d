#include "gateway/http2_stream.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "gateway/http2_connection.hpp"
#include "gateway/server.hpp"
#include "gateway/server_fields.hpp"

namespace millrace::gateway {

namespace {

using Outcome = observe::RequestOutcome;

/// As text that http2::ResponseFields reads.
constexpr std::string_view kContinueHead = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Http2Stream::Http2Stream(Http2Connection& connection, http2::StreamId id,
                         const http::RequestHead& head)
    : connection_(connection),
      id_(id),
      certificate_(connection.certificate() == nullptr
                       ? nullptr
                       : std::make_unique<ClientCertificate>(*connection.certificate())),
      forwarded_(connection.server().proxies() ? std::make_unique<ForwardedClient>() : nullptr),
      verdict_(forwarded_ ? forwarded_->read(*connection.server().proxies(),
                                             certificate_ ? certificate_->add_to(head) : head,
                                             connection.peer())
                          : ForwardedClient::Verdict::known),
      head_(forwarded_     ? forwarded_->head()
            : certificate_ ? certificate_->add_to(head)
                           : head),
      output_(base::MemoryBudget::Share(connection.server().memory()), 0),
      input_(base::MemoryBudget::Share(connection.server().memory()), 0),
      request_complete_(!head.has_body),
      owes_continue_(head.expects_continue) {
  tally_.began = connection.server().loop().now();
}

Http2Stream::~Http2Stream() {
  connection_.on_dropped(output_.size());
  connection_.waiting_input() -= input_.size();
}

void Http2Stream::begin() {
  if (verdict_ == ForwardedClient::Verdict::refused) return refuse(400, kMisforwarded);
  exchange_.emplace(connection_.server(), static_cast<Transport&>(*this), head_, client());
  exchange_->start();
}

const net::Peer& Http2Stream::client() const {
  return forwarded_ ? forwarded_->peer() : connection_.peer();
}

// The request's body.

void Http2Stream::on_body(std::string_view bytes) {
  tally_.body_received += bytes.size();
  connection_.waiting_input() += bytes.size();
  input_.append(bytes);
  if (!exchange_) return discard_input();
  pump_input();
  if (input_.size() > 0) connection_.server().on_bytes_held();
}

void Http2Stream::on_body_end() {
  input_ended_ = true;
  pump_input();
}

void Http2Stream::pump_input() {
  if (std::exchange(pumping_, true)) return;
  while (exchange_ && !request_complete_) {
    if (input_.empty()) {
      if (!input_ended_) break;
      request_complete_ = true;
      exchange_->on_request_body({}, true);
      if (response_ == Response::tunnel_ended) end_exchange(Outcome::complete);
      break;
    }
    const std::size_t size = std::min(exchange_->body_room(), input_.size());
    if (size == 0) break;
    exchange_->on_request_body(input_.view().substr(0, size), false);
    input_.advance(size);
    connection_.waiting_input() -= size;
    connection_.session().consume(id_, size);
    connection_.flush_later();
  }
  if (input_.empty()) input_.clear();
  pumping_ = false;
  if (!exchange_) discard_input();
}

void Http2Stream::discard_input() {
  // pump_input() still counts with what it has passed on.
  if (pumping_ || input_.empty()) return;
  connection_.waiting_input() -= input_.size();
  connection_.session().consume(id_, input_.size());
  input_.clear();
  connection_.flush_later();
}

void Http2Stream::want_body() {
  if (std::exchange(owes_continue_, false) && response_ == Response::none && input_.empty()) {
    connection_.session().inform(id_, kContinueHead);
    connection_.flush_later();
  }
  pump_input();
}

// The response.

void Http2Stream::send_early_hints(std::string_view fields) {
  if (response_ != Response::none) return;
  std::string& text = connection_.server().output_scratch();
  text.assign(http::kEarlyHints).append(fields).append("\r\n");
  connection_.session().inform(id_, text);
  connection_.flush_later();
}

void Http2Stream::begin_response(const http::ResponseHead& head,
                                 std::optional<std::uint64_t> whole_length) {
  Server& server = connection_.server();
  response_ = Response::begun;
  tally_.status = head.status;
  const std::string own_fields =
      server_fields(server, exchange_ ? &*exchange_ : nullptr, head.fields, client().is_secure());
  std::string& text = server.output_scratch();
  text.clear();
  written_ = http::write_response_head(text, head,
                                       {.version = 11,
                                        .head_request = head_.method == "HEAD",
                                        .keep_alive = false,
                                        .own_fields = own_fields},
                                       whole_length, server.date(), 0);
  const bool has_body =
      written_.framing != http::Framing::none && written_.declared_length != std::uint64_t{0};
  connection_.session().respond(id_, text, has_body);
  if (!has_body) written_.framing = http::Framing::none;
  connection_.flush_later();
}

void Http2Stream::append_body(std::string_view bytes) {
  if (written_.framing == http::Framing::none) return;
  if (written_.declared_length) {
    // More than was declared would be an error that the client blames on the connection.
    bytes = bytes.substr(0, *written_.declared_length - tally_.body_sent);
  }
  if (bytes.empty()) return;
  tally_.body_sent += bytes.size();
  output_.append(bytes);
  connection_.on_queued(bytes.size());
  connection_.session().resume(id_);
}

void Http2Stream::end_response() {
  if (response_ == Response::tunnel && !request_complete_) {
    response_ = Response::tunnel_ended;
    connection_.session().resume(id_);
    return;
  }
  const bool has_body = written_.framing != http::Framing::none;
  // A response that is shorter than declared must not look complete.
  if (has_body && written_.declared_length && tally_.body_sent < *written_.declared_length) {
    return cut();
  }
  response_ = Response::complete;
  if (has_body) connection_.session().resume(id_);
  connection_.flush_later();
  end_exchange(Outcome::complete);
}

void Http2Stream::send_response(const http::ResponseHead& head, std::string_view body, bool end) {
  begin_response(head, end ? std::optional<std::uint64_t>(body.size()) : std::nullopt);
  send_body(body, end);
}

void Http2Stream::send_head(const http::ResponseHead& head, std::uint64_t length) {
  begin_response(head, length);
  if (written_.framing == http::Framing::none) end_response();
}

void Http2Stream::send_body(std::string_view bytes, bool end) {
  append_body(bytes);
  connection_.flush_later();
  if (end) end_response();
}

void Http2Stream::take(std::size_t count) {
  output_.advance(count);
  framed_ += count;
  const std::size_t left = output_.size();
  if (left == 0) output_.clear();
  connection_.on_framed(id_, count, left);
}

void Http2Stream::notify_sent() {
  if (exchange_ && response_ != Response::complete && output_.empty()) exchange_->on_sent();
}

void Http2Stream::cut() { cut_with(http2::ErrorCode::internal_error); }

void Http2Stream::cut_with(http2::ErrorCode code) {
  if (response_ == Response::cut) return;
  response_ = Response::cut;
  connection_.session().reset(id_, code);
  connection_.flush_later();
  end_exchange(Outcome::cut);
}

void Http2Stream::refuse(std::uint16_t status, std::string_view reason) {
  if (response_ != Response::none) return cut();
  std::string body(reason);
  body += '\n';
  begin_response(
      {.status = status, .reason = {}, .fields = "Content-Type: text/plain; charset=utf-8\r\n"},
      body.size());
  append_body(body);
  end_response();
}

void Http2Stream::end_exchange(Outcome outcome) {
  if (!exchange_) return;
  tally_.record(connection_.server(), *exchange_, head_.method, client(), outcome);
  exchange_.reset();
  discard_input();
}

void Http2Stream::on_closed(http2::ErrorCode /*code*/) {
  end_exchange(Outcome::client_left);
  connection_.remove(id_);
}

// The limits.

bool Http2Stream::sends_fast_enough() {
  const ServerLimits& limits = connection_.server().limits();
  // The client owes body bytes only while there is room for them and it need not wait for 100
  // Continue.
  const bool owed = exchange_ && !request_complete_ && input_.empty() && !owes_continue_ &&
                    !is_tunnel() && connection_.has_input_window() && exchange_->body_room() > 0;
  return body_meter_.keeps_up(connection_.server().now(), tally_.body_received, owed,
                              {.bytes_per_second = limits.body_rate, .span = limits.body});
}

bool Http2Stream::reads_fast_enough() {
  const ServerLimits& limits = connection_.server().limits();
  const bool owed = !output_.empty() && connection_.session().is_stream_blocked(id_);
  return write_meter_.keeps_up(connection_.server().now(), framed_, owed,
                               {.bytes_per_second = limits.write_rate, .span = limits.write});
}

void Http2Stream::sweep() {
  if (response_ == Response::cut) return;
  // Its exchange may be over, and the bytes wait alone.
  if (!reads_fast_enough()) return cut_with(http2::ErrorCode::cancel);
  if (!exchange_) return;
  if (is_tunnel()) return sweep_tunnel();
  if (!sends_fast_enough()) return refuse(408, "Request Timeout");
  tally_.note_silence(connection_.server(), *exchange_);
}

}  // namespace millrace::gateway
