#include "gateway/connection.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "gateway/internal_fields.hpp"
#include "gateway/server.hpp"
#include "gateway/server_fields.hpp"
#include "http/fields.hpp"
#include "http2/session.hpp"

namespace millrace::gateway {

namespace {

using Outcome = observe::RequestOutcome;

/// Bytes parsed at once while the body is discarded.
constexpr std::size_t kDropStep = 64 * 1024;

}  // namespace

Connection::Connection(Server& server, std::shared_ptr<net::Stream> stream, net::Peer peer)
    : server_(server),
      peer_(std::move(peer)),
      stream_(std::move(stream)),
      parser_(
          server.edge().client_certificates ? &is_removed_beside_certificates : &is_internal_field,
          server.limits().head_size,
          stream_->secure() ? http::Security::tls : http::Security::none),
      times_{.read = server.now(),
             .head_began = server.now(),
             .write_progress = server.now(),
             .written = server.now()} {
  stream_->observe(*this);
  if (!server.edge().client_certificates) return;
  const std::string presented = stream_->client_certificate();
  if (!presented.empty()) certificate_ = std::make_unique<ClientCertificate>(presented);
}

Connection::~Connection() {
  // A closed connection's stream may still be sending its last bytes.
  if (life_ != Life::closed) stream_->close();
  end_exchange(Outcome::cut);
}

void Connection::start() {
  stream_->start();
  turn_ = server_.on_idle();
}

std::size_t Connection::on_bytes(std::string_view input) {
  // Buffered input is no longer read; finish() discards it.
  if (life_ == Life::ending) return 0;
  times_.read = server_.now();
  // The beginning of a preface waits unparsed: its time runs on.
  const bool waits = first_ && has_buffered_input_;
  if (!exchange_ && parser_.idle() && !waits) times_.head_began = times_.read;
  if (first_ && may_be_http2(input)) {
    if (input.size() < http2::kPreface.size()) {
      has_buffered_input_ = true;
      if (input_ended_) finish();
      return 0;
    }
    life_ = Life::closed;
    server_.destroy_later(*this);
    return server_.continue_with_http2(stream_, peer_, input);
  }
  first_ = false;
  std::size_t consumed = 0;
  in_on_bytes_ = true;
  while (life_ != Life::closed && take_step(input, consumed)) {
  }
  in_on_bytes_ = false;
  has_buffered_input_ = consumed < input.size();
  return consumed;
}

bool Connection::may_be_http2(std::string_view input) const {
  // Over TLS, the protocol has been agreed on.
  if (server_.limits().http2_streams == 0 || !stream_->alpn().empty()) return false;
  const std::size_t size = std::min(input.size(), http2::kPreface.size());
  return input.substr(0, size) == http2::kPreface.substr(0, size);
}

bool Connection::has_backlog() const { return stream_->unsent() > server_.limits().pipelined; }

bool Connection::take_step(std::string_view input, std::size_t& consumed) {
  if (life_ == Life::ending) return false;
  if (current_.tunnelled) return take_tunnelled(input, consumed);
  // Input after a complete request waits until the response is complete,
  if (exchange_ && request_complete()) return false;
  // and until the client takes earlier responses: on_drained() resumes it.
  if (!exchange_ && consumed < input.size() && has_backlog()) return false;
  std::string_view offered = input.substr(consumed);
  // The end of a body needs no room; if it waited, there might be no further input to wake it.
  if (exchange_ && !offered.empty()) {
    const std::size_t room = response_complete() ? kDropStep : exchange_->body_room();
    if (room < kLeastRoom) {
      waiting_for_room_ = true;
      stream_->pause();
      return false;
    }
    offered = offered.substr(0, room);
  }
  const http::RequestParser::Step step = parser_.parse(offered);
  consumed += step.consumed;
  using Event = http::RequestParser::Event;
  switch (step.event) {
    case Event::need_more:
      if (input_ended_) take_end_of_input();
      return false;
    case Event::head:
      begin_exchange();
      return true;
    case Event::body:
      take_body(step.body, false);
      return true;
    case Event::end:
      take_body({}, true);
      return true;
    case Event::failed:
      refuse(parser_.failure().status, parser_.failure().reason);
      return false;
  }
  return false;
}

void Connection::begin_exchange() {
  const http::RequestHead* head =
      certificate_ ? &certificate_->add_to(parser_.head()) : &parser_.head();
  if (!server_.proxies()) {
    forwarded_.reset();
  } else {
    if (!forwarded_) forwarded_ = std::make_unique<ForwardedClient>();
    if (forwarded_->read(*server_.proxies(), *head, peer_) == ForwardedClient::Verdict::refused) {
      return refuse(400, kMisforwarded);
    }
    head = &forwarded_->head();
  }
  current_ = {.request = head->has_body ? Current::Request::arriving : Current::Request::complete,
              .owes_continue = head->expects_continue && head->has_body};
  current_.tally.began = server_.loop().now();
  body_meter_.restart();
  exchange_.emplace(server_, static_cast<Transport&>(*this), *head, client());
  exchange_->start();
}

void Connection::take_body(std::string_view bytes, bool end) {
  if (end) current_.request = Current::Request::complete;
  current_.tally.body_received += bytes.size();
  if (!response_complete()) {
    exchange_->on_request_body(bytes, end);
    return;
  }
  current_.body_discarded += bytes.size();
  if (end) {
    next_request();
  } else if (current_.body_discarded > server_.limits().discard) {
    finish();
  }
}

void Connection::refuse(std::uint16_t status, std::string_view reason) {
  server_.metrics().connections.malformed.add();
  if (exchange_ && response_begun()) return cut();
  // A request that is rejected within its body has an exchange, whose worker gets an abort.
  std::string& output = server_.output_scratch();
  output.clear();
  std::string body(reason);
  body += '\n';
  http::write_response_head(
      output,
      {.status = status, .reason = {}, .fields = "Content-Type: text/plain; charset=utf-8\r\n"},
      {.version = 11, .head_request = false, .keep_alive = false}, body.size(), server_.date(), 0);
  output += body;
  write(output);
  if (exchange_) {
    current_.tally.status = status;
    current_.tally.body_sent = body.size();
    end_exchange(Outcome::complete);
  } else {
    record_refused(server_, peer_, status, body.size());
  }
  finish();
}

void Connection::write(std::string_view bytes) {
  const bool owed_nothing = stream_->unsent() == 0;
  times_.written = server_.now();
  stream_->write(bytes);
  if (stream_->unsent() == 0) return;
  if (owed_nothing) times_.write_progress = times_.written;
  server_.on_bytes_held();
}

void Connection::send_early_hints(std::string_view fields) {
  if (parser_.head().version < 11 || response_begun()) return;
  std::string& output = server_.output_scratch();
  output.assign(http::kEarlyHints).append(fields).append("\r\n");
  write(output);
}

void Connection::want_body() {
  if (std::exchange(current_.owes_continue, false) && !response_begun()) write(http::kContinue);
  if (!std::exchange(waiting_for_room_, false) || in_on_bytes_) return;
  stream_->resume();
}

void Connection::begin_response(const http::ResponseHead& head,
                                std::optional<std::uint64_t> whole_length, std::string& output) {
  const http::RequestHead& request = parser_.head();
  const bool keep_alive = request.keep_alive && !server_.shutting_down() &&
                          // A client that still waits for 100 may send the body or not.
                          !(current_.owes_continue && !request_complete());
  current_.response = Current::Response::begun;
  current_.tally.status = head.status;
  const std::string own_fields =
      server_fields(server_, &*exchange_, head.fields, client().is_secure());
  current_.written =
      http::write_response_head(output, head,
                                {.version = request.version,
                                 .head_request = request.method == "HEAD",
                                 .keep_alive = keep_alive,
                                 .own_fields = own_fields},
                                whole_length, server_.date(), server_.limits().keep_alive);
}

void Connection::append_body(std::string_view bytes, std::string& output) {
  switch (current_.written.framing) {
    case http::Framing::none:
      return;
    case http::Framing::chunked:
      if (!bytes.empty()) http::append_chunk(output, bytes);
      current_.tally.body_sent += bytes.size();
      return;
    case http::Framing::length:
      // The client would take bytes beyond the declared length for the next response.
      bytes = bytes.substr(0, *current_.written.declared_length - current_.tally.body_sent);
      break;
    case http::Framing::until_close:
      break;
  }
  current_.tally.body_sent += bytes.size();
  output.append(bytes);
}

void Connection::end_response(std::string& output) {
  if (current_.written.framing == http::Framing::chunked) http::append_last_chunk(output);
  if (!output.empty()) write(output);
  if (current_.written.framing == http::Framing::length &&
      current_.tally.body_sent < *current_.written.declared_length) {
    // The response is shorter than declared: the client must see that it is incomplete.
    return cut();
  }
  complete_response();
}

void Connection::send_response(const http::ResponseHead& head, std::string_view body, bool end) {
  std::string& output = server_.output_scratch();
  output.clear();
  begin_response(head, end ? std::optional<std::uint64_t>(body.size()) : std::nullopt, output);
  append_body(body, output);
  if (end) return end_response(output);
  write(output);
}

void Connection::send_head(const http::ResponseHead& head, std::uint64_t length) {
  std::string& output = server_.output_scratch();
  output.clear();
  begin_response(head, length, output);
  if (current_.written.framing == http::Framing::none || length == 0) return end_response(output);
  write(output);
}

void Connection::send_body(std::string_view bytes, bool end) {
  std::string& output = server_.output_scratch();
  output.clear();
  append_body(bytes, output);
  if (end) return end_response(output);
  if (!output.empty()) write(output);
}

void Connection::complete_response() {
  current_.response = Current::Response::complete;
  if (!current_.tunnelled) record(Outcome::complete);
  // The client may still send.
  if (current_.tunnelled && !request_complete()) return stream_->end_output();
  if (!current_.written.keep_alive) {
    end_exchange(Outcome::complete);
    return finish();
  }
  if (request_complete()) return next_request();
  // The rest of the body is read and discarded.
  if (std::exchange(waiting_for_room_, false) && !in_on_bytes_) stream_->resume();
}

void Connection::record(Outcome outcome) {
  current_.tally.record(server_, *exchange_, parser_.head().method, client(), outcome);
}

void Connection::end_exchange(Outcome outcome) {
  if (!exchange_) return;
  record(outcome);
  exchange_.reset();
}

void Connection::next_request() {
  end_exchange(Outcome::complete);
  parser_.reset();
  current_ = {};
  times_.read = times_.head_began = server_.now();
  turn_ = server_.on_idle();
  if (server_.shutting_down()) return finish();
  if (in_on_bytes_) return;
  if (has_buffered_input_) return stream_->resume();
  if (input_ended_) finish();
}

void Connection::finish() {
  if (life_ == Life::closed) return;
  if (stream_->unsent() > 0) {
    // The client may take the rest slowly, within the limits for any slow client.
    life_ = Life::ending;
    return;
  }
  stream_->finish();
  close();
}

void Connection::cut() {
  if (life_ == Life::closed) return;
  end_exchange(Outcome::cut);
  stream_->reset();
  close();
}

void Connection::close() {
  life_ = Life::closed;
  server_.destroy_later(*this);
}

void Connection::on_closed() {
  if (life_ == Life::closed) return;
  end_exchange(Outcome::client_left);
  stream_->close();
  close();
}

bool Connection::on_end() {
  if (life_ == Life::ending) return true;
  if (current_.tunnelled) {
    input_ended_ = true;
    if (!has_buffered_input_) end_tunnelled_input();
    return true;
  }
  const bool body_missing = exchange_ && !request_complete() && !has_buffered_input_;
  const bool idle = !exchange_ && !has_buffered_input_;
  if ((idle || (exchange_ && response_complete())) && stream_->unsent() > 0) {
    // The rest of the body will not come, but the client may still read the response.
    life_ = Life::ending;
    return true;
  }
  if (body_missing || idle || server_.limits().half_closed == 0) return false;
  input_ended_ = true;
  times_.written = server_.now();
  return true;
}

void Connection::take_end_of_input() {
  if (!exchange_) return finish();
  // The request's body is incomplete.
  on_closed();
}

void Connection::on_drained() {
  write_meter_.restart();
  // Taking bytes shows that the client is there.
  times_.write_progress = times_.written = server_.now();
  if (life_ == Life::ending) return finish();
  if (exchange_ && !response_complete()) return exchange_->on_sent();
  if (!exchange_ && has_buffered_input_) stream_->resume();
}

}  // namespace millrace::gateway
