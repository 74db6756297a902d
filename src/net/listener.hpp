// Listener accepts TCP connections on one address. bind_sockets() turns a host, which may be empty,
// and a port into listening sockets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "net/event_loop.hpp"

namespace millrace::net {

/// How a client's connection came in, which depends on the listener.
enum class Entry : std::uint8_t {
  plain,
  tls,
  /// In the clear, where every request is redirected to HTTPS.
  redirect,
};

/// How a client has reached the server.
enum class Scheme : std::uint8_t { http, https };

/// A client's address as text ("127.0.0.1", "::1"; "::ffff:1.2.3.4" for an IPv4 client of a
/// dual-stack socket, as in Node.js) and port.
struct Peer {
  std::string address;
  std::uint16_t port = 0;
  /// The port of the listener that accepted the connection.
  std::uint16_t local_port = 0;
  /// An address of this machine at which that listener accepts connections, as in a URL:
  /// "127.0.0.1", "[::1]"; empty where it is unknown.
  std::string local_host = {};
  Entry entry = Entry::plain;
  /// How the client has reached a trusted proxy in front of the server, where one tells.
  std::optional<Scheme> scheme = std::nullopt;

  [[nodiscard]] bool is_secure() const {
    return scheme ? *scheme == Scheme::https : entry == Entry::tls;
  }
};

/// Belongs to the loop's thread. Destroying it closes the socket.
class Listener {
 public:
  using OnAccept = std::function<void(base::UniqueFd, Peer)>;

  /// Takes a bound, listening socket.
  Listener(EventLoop& loop, base::UniqueFd socket, OnAccept on_accept);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  /// Stops accepting. One connection that the kernel has already passed on is still reported.
  void stop();

 private:
  struct Impl;
  static void accept(const std::shared_ptr<Impl>& impl);
  std::shared_ptr<Impl> impl_;
};

/// Bound, listening sockets and their common port.
struct BoundSockets {
  std::vector<base::UniqueFd> sockets;
  std::uint16_t port = 0;
};

/// Binds `host`: empty means every address (dual-stack IPv6, IPv4 only where there is no IPv6);
/// "::" is dual-stack too; "localhost" means both loopback addresses; otherwise it is an address or
/// a name. With port 0 the kernel chooses. The errors name the address and, for a port in use, what
/// may occupy it.
[[nodiscard]] base::Result<BoundSockets> bind_sockets(const std::string& host, std::uint16_t port);

}  // namespace millrace::net
