// Transport is the client's side of an exchange: how a response reaches the client, whatever the
// version of HTTP. The HTTP/1.1 connection is one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/response_writer.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread. A call with `end` set, and cut(), may destroy the exchange that
/// makes it: nothing of the exchange may be touched after such a call.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  /// Sends the head and the first bytes of the body. `end`: the response is complete, and its
  /// length is that of `body`.
  virtual void send_response(const http::ResponseHead& head, std::string_view body, bool end) = 0;

  /// Sends a head whose body of `length` bytes follows by send_body; the whole response where
  /// the request was HEAD or `length` is 0.
  virtual void send_head(const http::ResponseHead& head, std::uint64_t length) = 0;

  /// Sends more of the body.
  virtual void send_body(std::string_view bytes, bool end) = 0;

  /// Bytes not yet taken by the kernel; Exchange::on_sent follows when they are.
  [[nodiscard]] virtual std::size_t unsent() const = 0;

  /// The exchange has room for request body (again).
  virtual void want_body() = 0;

  /// Breaks the connection (or stream) so that the client sees an incomplete response.
  virtual void cut() = 0;
};

}  // namespace millrace::gateway
