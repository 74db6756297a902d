// Listener accepts TCP connections on one address. bind_sockets() turns what a user asked for (a host
// name or none, a port) into the sockets that it means.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "net/event_loop.hpp"

namespace millrace::net {

/// A client's address, as text ("127.0.0.1", "::1"; an IPv4 client of a dual-stack socket shows as
/// "::ffff:1.2.3.4", as in Node.js) and port.
struct Peer {
  std::string address;
  std::uint16_t port = 0;
  /// Of the listener that has accepted it.
  std::uint16_t local_port = 0;
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

  /// Accepts no more. One connection that the kernel has handed over already is still told of.
  void stop();

 private:
  struct Impl;
  static void accept(const std::shared_ptr<Impl>& impl);
  std::shared_ptr<Impl> impl_;
};

/// Sockets bound and listening, and the port they share.
struct BoundSockets {
  std::vector<base::UniqueFd> sockets;
  std::uint16_t port = 0;
};

/// Binds `host`: empty means every address (dual-stack IPv6, IPv4 alone where there is no IPv6);
/// "::" is dual-stack too; "localhost" means both loopback addresses; else an address or a name. Port 0 lets the kernel
/// choose. The errors name the address, and who may hold the port.
[[nodiscard]] base::Result<BoundSockets> bind_sockets(const std::string& host, std::uint16_t port);

}  // namespace millrace::net
