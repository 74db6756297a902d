// The limits that keep one client, or all of them together, from holding the server: how long each
// part of an exchange may take, how slow it may be, how many there are and how much is kept for
// them. `[limits]` in millrace.toml sets them; docs/limits.md lists them with their effects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/ip_network.hpp"

namespace millrace::project {

/// What a request's head may be limited to: what is more does not fit a connection's read buffer.
inline constexpr std::size_t kLeastHeadSize = std::size_t{8} * 1024;
inline constexpr std::size_t kMostHeadSize = std::size_t{256} * 1024;

/// Times are in seconds, measured by a sweep once a second.
struct ServerLimits {
  /// A connection without a request is closed after this.
  std::uint32_t keep_alive = 75;
  /// A request's head must be complete after this: 408.
  std::uint32_t head = 60;
  /// Bytes of a request's head, request line and all fields: 431, or 414.
  std::size_t head_size = std::size_t{16} * 1024;
  /// Over each span of this length a request's body must come with `body_rate` bytes a second: 408.
  std::uint32_t body = 60;
  std::uint64_t body_rate = 240;
  /// Over each span of this length a client must take `write_rate` bytes a second of a response that
  /// waits for it, or it is cut.
  std::uint32_t write = 60;
  std::uint64_t write_rate = 240;
  /// A client that has ended its sending side may still read: its response must begin within this.
  /// 0: it counts as gone at once.
  std::uint32_t half_closed = 5;
  /// At shutdown, exchanges may take this long to end.
  std::uint32_t grace = 10;
  /// At shutdown, a connection whose last request came within this waits for one more, which is
  /// answered with `Connection: close`: to close it might meet a request on its way.
  std::uint32_t linger = 2;
  /// Bytes of request body read and dropped after the response; past it the connection ends.
  std::uint64_t discard = std::uint64_t{1024} * 1024;
  /// With more unsent bytes than this the next pipelined request waits.
  std::uint64_t pipelined = std::uint64_t{64} * 1024;
  /// Bytes held on behalf of all clients together; past it 503, and clients that stand still are cut.
  std::uint64_t memory = std::uint64_t{48} * 1024 * 1024;
  /// Connections in all, fewer where descriptors do not allow it; past it idle ones are closed, and
  /// where there is none the answer is 503.
  std::size_t connections = 20'000;
  /// Connections of one client (an IPv4 address, an IPv6 /64); past it 429. 0 for no limit.
  std::size_t connections_per_client = 1024;
  /// Whose connections are not limited by client: reverse proxies, which stand for many.
  std::vector<base::IpNetwork> exempt_clients = {*base::IpNetwork::parse("127.0.0.0/8"),
                                                 *base::IpNetwork::parse("::1")};
  /// Descriptors kept free of clients, for workers, files and upstream servers' names; at most half of
  /// what the process may have.
  std::size_t descriptor_reserve = 256;
};

}  // namespace millrace::project
