// An HTTP/2 stream as a tunnel, which an extended CONNECT opens (RFC 8441): the bytes of a WebSocket in
// DATA frames. To the exchange it is the tunnel of a 101 response.
#include <string>

#include "base/ascii.hpp"
#include "gateway/http2_connection.hpp"
#include "gateway/http2_stream.hpp"
#include "gateway/server.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

void Http2Stream::switch_protocols(std::string_view fields) {
  Server& server = connection_.server();
  response_ = Response::tunnel;
  tally_.status = 200;
  // The time of the tunnel is not the time of a response.
  tally_.count(server, *exchange_, head_.method, 200);
  written_ = {
      .framing = http::Framing::until_close, .keep_alive = false, .declared_length = std::nullopt};
  std::string& text = server.output_scratch();
  text.assign("HTTP/1.1 200 OK\r\n");
  http::append_field(text, "date", server.date());
  for (const auto& [name, value] : http::FieldsView(fields)) {
    // It proves to a client of HTTP/1.1 that its key was read (RFC 8441 section 5).
    if (base::equals_ignoring_case(name, "sec-websocket-accept")) continue;
    http::append_field(text, name, value);
  }
  text += "\r\n";
  connection_.session().respond(id_, text, true);
  connection_.flush_later();
  passed_ = {.bytes = 0, .since = server.now()};
  request_complete_ = false;
  if (server.shutting_down()) exchange_->drain();
  pump_input();
}

void Http2Stream::end_tunnel() {
  response_ = Response::complete;
  connection_.session().resume(id_);
  connection_.flush_later();
  end_exchange(observe::RequestOutcome::complete);
}

void Http2Stream::drain_tunnel() {
  if (exchange_ && response_ == Response::tunnel) exchange_->drain();
}

void Http2Stream::sweep_tunnel() {
  Server& server = connection_.server();
  const std::uint64_t bytes = tally_.body_received + framed_;
  if (bytes != passed_.bytes) passed_ = {.bytes = bytes, .since = server.now()};
  if (server.now() - passed_.since >= server.limits().tunnel) cut_with(http2::ErrorCode::cancel);
}

}  // namespace millrace::gateway
