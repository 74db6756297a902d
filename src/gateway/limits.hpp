// The limits that keep one client from holding the server: how long each part of an exchange may
// stand still, how much is read that nobody asked for. docs/configuration.md lists them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace::gateway {

/// Times are in seconds, measured by a sweep once a second.
struct ServerLimits {
  /// A connection without a request is closed after this.
  std::uint32_t keep_alive = 75;
  /// A request's head must be complete after this: 408.
  std::uint32_t head = 60;
  /// A request's body must not stand still for longer: 408.
  std::uint32_t body = 60;
  /// A client must take some of its response within this, or it is cut.
  std::uint32_t write = 60;
  /// At shutdown, exchanges may take this long to end.
  std::uint32_t grace = 10;
  /// At shutdown, a connection whose last request came within this waits for one more, which is
  /// answered with `Connection: close`: to close it might meet a request on its way.
  std::uint32_t linger = 2;
  /// Bytes of request body read and dropped after the response; past it the connection ends.
  std::uint64_t discard_bytes = std::uint64_t{1024} * 1024;
};

}  // namespace millrace::gateway
