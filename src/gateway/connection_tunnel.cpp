// The connection after a 101 response: a tunnel, whose bytes the exchange passes on in both
// directions as they are. Each side can end its own bytes first.
#include <algorithm>
#include <string>

#include "gateway/connection.hpp"
#include "gateway/server.hpp"

namespace millrace::gateway {

void Connection::switch_protocols(std::string_view fields) {
  std::string& output = server_.output_scratch();
  output.assign("HTTP/1.1 101 Switching Protocols\r\n").append(fields).append("\r\n");
  current_.response = Current::Response::begun;
  current_.request = Current::Request::arriving;
  current_.tunnelled = true;
  current_.tally.status = 101;
  // The time of the tunnel is not the time of a response.
  current_.tally.count(server_, *exchange_, parser_.head().method, 101);
  current_.written = {
      .framing = http::Framing::until_close, .keep_alive = false, .declared_length = std::nullopt};
  write(output);
  if (server_.shutting_down()) exchange_->drain();
  // What the client has sent after the request's head is the tunnel's.
  if (input_ended_ && !has_buffered_input_) return end_tunnelled_input();
  if (!in_on_bytes_) stream_->resume();
}

bool Connection::take_tunnelled(std::string_view input, std::size_t& consumed) {
  if (request_complete()) return false;
  const std::string_view rest = input.substr(consumed);
  if (rest.empty()) {
    if (input_ended_) end_tunnelled_input();
    return false;
  }
  const std::size_t room = exchange_->body_room();
  if (room == 0) {
    waiting_for_room_ = true;
    stream_->pause();
    return false;
  }
  const std::string_view bytes = rest.substr(0, room);
  consumed += bytes.size();
  current_.tally.body_received += bytes.size();
  exchange_->on_request_body(bytes, false);
  return true;
}

void Connection::end_tunnelled_input() {
  current_.request = Current::Request::complete;
  exchange_->on_request_body({}, true);
  if (life_ != Life::open || !response_complete()) return;
  end_exchange(observe::RequestOutcome::complete);
  finish();
}

void Connection::end_tunnel() {
  end_exchange(observe::RequestOutcome::complete);
  finish();
}

void Connection::sweep_tunnel() {
  const std::uint32_t active = std::max(times_.read, times_.written);
  if (server_.now() - active < server_.limits().tunnel) return;
  end_exchange(observe::RequestOutcome::cut);
  finish();
}

}  // namespace millrace::gateway
