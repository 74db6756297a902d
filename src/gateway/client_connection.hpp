// ClientConnection is what a server knows of a client's connection, whatever its version of HTTP:
// how it is swept for timeouts, ended, and closed to free descriptors or memory. Connection
// implements it for HTTP/1.1, Http2Connection for HTTP/2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "net/listener.hpp"

namespace millrace::gateway {

class Exchange;

/// Owned by its server's ConnectionTable, which destroys it at the end of the turn in which it is
/// closed. Belongs to the loop's thread. Times are those of Server::now().
class ClientConnection {
 public:
  ClientConnection() = default;
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;
  virtual ~ClientConnection() = default;

  /// Starts to read. Call once.
  virtual void start() = 0;

  /// Enforces the timeouts and rates. Called once a second.
  virtual void sweep() = 0;

  /// Ends after the current exchanges; where there are none and the linger time is over, at once.
  virtual void end_when_idle() = 0;

  /// Resets the connection, whatever its state.
  virtual void cut() = 0;

  /// Returns its turn among idle connections (Server::on_idle), or nothing while it is not idle.
  [[nodiscard]] virtual std::optional<std::uint64_t> idle_turn() const = 0;

  /// The number of requests that have arrived and whose responses are incomplete.
  [[nodiscard]] virtual std::size_t requests() const = 0;

  /// Closes an idle connection and its descriptor at once.
  virtual void evict() = 0;

  [[nodiscard]] virtual const net::Peer& peer() const = 0;

  /// Bytes kept because the client does not take or complete them, and the time of its last
  /// progress with these.
  [[nodiscard]] virtual std::size_t held_bytes() const = 0;
  [[nodiscard]] virtual std::uint32_t stalled_since() const = 0;

  /// Whether the connection may be cut to free memory for `asking`, which is on the stack: not for
  /// its own connection, and not while another exchange waits and is about to be notified.
  [[nodiscard]] virtual bool may_be_cut_for(const Exchange& asking) const = 0;
};

}  // namespace millrace::gateway
