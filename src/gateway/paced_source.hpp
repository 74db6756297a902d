// PacedSource is a response whose body the server already has: it sends the body in pieces, as fast
// as the client takes them and within a bound per turn of the loop.
#pragma once

#include <cstddef>
#include <utility>

#include "gateway/cached_body.hpp"
#include "gateway/compressing_transport.hpp"
#include "gateway/file_response.hpp"
#include "gateway/response_source.hpp"
#include "net/event_loop.hpp"

namespace millrace::gateway {

/// `Body::send_more(Transport&)` sends what fits into a turn of the loop and returns whether the
/// next turn must send more. The head has been sent before begin().
template <typename Body>
class PacedSource final : public ResponseSource, private net::TurnTask {
 public:
  /// `transport` and `loop` outlive the source.
  PacedSource(Body body, CompressingTransport& transport, net::EventLoop& loop)
      : body_(std::move(body)), transport_(transport), loop_(loop) {}

  // ResponseSource
  void begin() override { send(); }
  void credit(std::size_t /*bytes*/) override { send(); }

 private:
  void run_at_turn_end() override {
    if (!transport_.send_more() && transport_.unsent() == 0) send();
  }

  void send() {
    // The rest waits for the next turn, so that a client as fast as the server cannot monopolise
    // the loop. Where send_more() returns false, the exchange may be destroyed.
    if (body_.send_more(transport_)) loop_.at_turn_end(*this);
  }

  Body body_;
  CompressingTransport& transport_;
  net::EventLoop& loop_;
};

using FileSource = PacedSource<FileResponse>;
using CachedSource = PacedSource<CachedBody>;

}  // namespace millrace::gateway
