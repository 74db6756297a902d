#include "net/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>

namespace millrace::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr int kBacklog = 4096;
/// How long accepting pauses when the process has no descriptor left.
constexpr std::chrono::milliseconds kExhaustedRest{100};

struct AddressList {
  addrinfo* first = nullptr;
  AddressList() = default;
  AddressList(const AddressList&) = delete;
  AddressList& operator=(const AddressList&) = delete;
  ~AddressList() {
    if (first != nullptr) ::freeaddrinfo(first);
  }
};

std::uint16_t port_of(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

/// Returns the loopback address where the socket accepts connections to every address.
std::string local_host_of(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  if (address.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(address);
    const asio::ip::address_v4 bound(ntohl(in.sin_addr.s_addr));
    return bound.is_unspecified() ? "127.0.0.1" : bound.to_string();
  }
  if (address.ss_family != AF_INET6) return {};
  const auto& in = reinterpret_cast<const sockaddr_in6&>(address);
  asio::ip::address_v6::bytes_type bytes;
  std::copy(std::begin(in.sin6_addr.s6_addr), std::end(in.sin6_addr.s6_addr), bytes.begin());
  const asio::ip::address_v6 bound(bytes);
  return '[' + (bound.is_unspecified() ? asio::ip::address_v6::loopback() : bound).to_string() +
         ']';
}

void set_port(sockaddr* address, std::uint16_t port) {
  if (address->sa_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(address)->sin_port = htons(port);
  }
}

base::Result<base::UniqueFd> bind_one(const addrinfo& info, bool dual_stack,
                                      const std::string& name) {
  base::UniqueFd fd(::socket(info.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return base::Error::from_errno("cannot make a socket for " + name, errno);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (info.ai_family == AF_INET6) {
    const int only = dual_stack ? 0 : 1;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  }
  if (::bind(fd.get(), info.ai_addr, info.ai_addrlen) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    if (errno == EADDRINUSE) {
      return base::Error(base::ErrorCode::conflict,
                         "cannot listen on " + name +
                             ": the port is in use by another process; stop it or choose another "
                             "port with --port");
    }
    if (errno == EACCES) {
      return base::Error(
          base::ErrorCode::system,
          "cannot listen on " + name +
              ": permission denied; ports below 1024 require root or CAP_NET_BIND_SERVICE, "
              "so choose another port with --port and put a reverse proxy in front");
    }
    return base::Error::from_errno("cannot listen on " + name, errno);
  }
  return fd;
}

base::Result<BoundSockets> bind_all(const std::vector<std::string>& hosts, std::uint16_t port,
                                    bool dual_stack) {
  BoundSockets bound;
  bound.port = port;
  base::Error last(base::ErrorCode::not_found, "no address to listen on");
  for (const std::string& host : hosts) {
    AddressList list;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    const int failure = ::getaddrinfo(host.c_str(), "0", &hints, &list.first);
    if (failure != 0) {
      last = base::Error(base::ErrorCode::not_found, "cannot resolve the host name \"" + host +
                                                         "\": " + ::gai_strerror(failure) +
                                                         "; give an address with --hostname");
      continue;
    }
    set_port(list.first->ai_addr, bound.port);
    auto fd = bind_one(*list.first, dual_stack, host + " port " + std::to_string(bound.port));
    if (!fd) {
      last = fd.error();
      if (last.code() == base::ErrorCode::conflict) return last;
      continue;
    }
    bound.port = port_of(fd->get());
    bound.sockets.push_back(std::move(fd).value());
  }
  if (bound.sockets.empty()) return last;
  return bound;
}

Peer peer_of(const tcp::endpoint& endpoint) {
  return {.address = endpoint.address().to_string(), .port = endpoint.port()};
}

}  // namespace

base::Result<BoundSockets> bind_sockets(const std::string& host, std::uint16_t port) {
  if (host == "localhost") return bind_all({"127.0.0.1", "::1"}, port, false);
  // As in Node.js's listen('::'): IPv4 too.
  if (host == "::") return bind_all({host}, port, true);
  if (!host.empty()) return bind_all({host}, port, false);
  auto every = bind_all({"::"}, port, true);
  if (every || every.error().code() == base::ErrorCode::conflict) return every;
  return bind_all({"0.0.0.0"}, port, false);
}

struct Listener::Impl {
  Impl(EventLoop& loop, base::UniqueFd socket, OnAccept callback)
      : acceptor(loop.context()),
        rest(loop.context()),
        on_accept(std::move(callback)),
        port(port_of(socket.get())),
        host(local_host_of(socket.get())) {
    acceptor.assign(tcp::v6(), socket.release());
    acceptor.non_blocking(true);
  }

  tcp::acceptor acceptor;
  asio::steady_timer rest;
  OnAccept on_accept;
  std::uint16_t port;
  std::string host;
  tcp::endpoint endpoint;
  /// The owner, and with it the callback, is gone.
  bool abandoned = false;
};

Listener::Listener(EventLoop& loop, base::UniqueFd socket, OnAccept on_accept)
    : impl_(std::make_shared<Impl>(loop, std::move(socket), std::move(on_accept))) {
  accept(impl_);
}

Listener::~Listener() {
  impl_->abandoned = true;
  stop();
}

void Listener::stop() {
  boost::system::error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->rest.cancel();
}

void Listener::accept(const std::shared_ptr<Impl>& impl) {
  impl->acceptor.async_accept(
      impl->endpoint, [alive = impl](const boost::system::error_code& error, tcp::socket socket) {
        if (alive->abandoned) return;
        if (!error) {
          // Called after stop() too: the kernel had already passed the connection on.
          boost::system::error_code ignored;
          socket.set_option(tcp::no_delay(true), ignored);
          Peer peer = peer_of(alive->endpoint);
          peer.local_port = alive->port;
          peer.local_host = alive->host;
          base::UniqueFd fd(socket.release(ignored));
          // Asio does not request close-on-exec; started programs must not inherit the socket.
          if (fd) ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
          if (fd) alive->on_accept(std::move(fd), std::move(peer));
        }
        if (!alive->acceptor.is_open()) return;
        // A client that left before it was accepted is no reason to pause.
        if (!error || error == asio::error::connection_aborted) return accept(alive);
        // Any other error would recur at once: no descriptor, no memory.
        alive->rest.expires_after(kExhaustedRest);
        alive->rest.async_wait([alive](const boost::system::error_code& cancelled) {
          if (!cancelled && alive->acceptor.is_open()) accept(alive);
        });
      });
}

}  // namespace millrace::net
