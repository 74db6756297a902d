// Transport is the client's side of an exchange: it sends the response to the client, independent
// of the version of HTTP. Connection implements it for HTTP/1.1, Http2Stream for
// HTTP/2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/response_writer.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread. A call with `end` set, and cut(), may destroy the calling
/// exchange, which must not touch its members afterwards.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  /// Sends the head and the first bytes of the body. `end`: the response is complete, and `body` is
  /// the whole body.
  virtual void send_response(const http::ResponseHead& head, std::string_view body, bool end) = 0;

  /// Sends a head whose body of `length` bytes follows by send_body; the complete response where
  /// the request was HEAD or `length` is 0.
  virtual void send_head(const http::ResponseHead& head, std::uint64_t length) = 0;

  /// Sends more of the body.
  virtual void send_body(std::string_view bytes, bool end) = 0;

  /// Bytes that the kernel has not taken yet; Exchange::on_sent is called once it has.
  [[nodiscard]] virtual std::size_t unsent() const = 0;

  /// Sends a 103 (Early Hints) response with these fields before the response itself, of which
  /// nothing has been sent. A client of HTTP/1.0 gets none (RFC 9110 section 15.2).
  virtual void send_early_hints(std::string_view /*fields*/) {}

  /// Switches protocols: sends a 101 response with these fields, which include Connection and
  /// Upgrade. From then on the client's bytes come as pieces of the request's body, and send_body()
  /// sends bytes as they are; `end` ends only the bytes to the client, and the exchange stays until
  /// the client has ended its own. A transport that cannot switch cuts.
  virtual void switch_protocols(std::string_view /*fields*/) { cut(); }

  /// Ends a tunnel on both sides: what was sent is delivered, then the connection (or stream)
  /// closes.
  virtual void end_tunnel() { cut(); }

  /// The exchange has room for more of the request's body.
  virtual void want_body() = 0;

  /// Resets the connection (or stream), so that the client sees an incomplete response.
  virtual void cut() = 0;
};

}  // namespace millrace::gateway
