// PendingProxyHeaders are the connections of trusted proxies whose header of the PROXY protocol has not
// arrived yet. Each has a place in the client table and a limit of time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <utility>

#include "base/unique_fd.hpp"
#include "gateway/client_table.hpp"
#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "net/proxy_header.hpp"
#include "net/readable_watch.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread. `now` is always Server::now().
class PendingProxyHeaders {
 public:
  /// `peer`: the client, or the proxy where it speaks for itself. The proxy's place is free again.
  using OnComplete = std::function<void(base::UniqueFd socket, net::Peer peer)>;
  /// The proxy at that address sent no header, or one that is malformed; its connection is closed.
  using OnMalformed = std::function<void(const net::Peer& peer)>;

  /// `loop` outlives it; so does what the functions use.
  PendingProxyHeaders(net::EventLoop& loop, OnComplete on_complete, OnMalformed on_malformed)
      : loop_(loop), on_complete_(std::move(on_complete)), on_malformed_(std::move(on_malformed)) {}
  PendingProxyHeaders(const PendingProxyHeaders&) = delete;
  PendingProxyHeaders& operator=(const PendingProxyHeaders&) = delete;
  ~PendingProxyHeaders() = default;

  void add(base::UniqueFd socket, net::Peer peer, ClientTable::Lease lease, std::uint32_t now);

  /// Closes those that began `seconds` ago or earlier.
  void close_older(std::uint32_t seconds, std::uint32_t now);

  [[nodiscard]] bool empty() const { return pending_.empty(); }

 private:
  struct Pending {
    net::Peer peer;
    ClientTable::Lease lease;
    std::uint32_t began = 0;
    net::ProxyHeader header = {};
    std::unique_ptr<net::ReadableWatch> watch = nullptr;
  };
  /// In the order in which they began.
  using List = std::list<Pending>;

  void read(List::iterator entry);

  net::EventLoop& loop_;
  OnComplete on_complete_;
  OnMalformed on_malformed_;
  List pending_;
};

}  // namespace millrace::gateway
