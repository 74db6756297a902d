// PendingHandshakes are the clients whose TLS handshake is not complete. Each has a place in the
// client table and a limit of time; where places or memory run short, the oldest give way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "base/memory_budget.hpp"
#include "base/unique_fd.hpp"
#include "gateway/client_table.hpp"
#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "net/tls_handshake.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread. `now` is always Server::now().
class PendingHandshakes {
 public:
  /// A client whose handshake has ended.
  struct Client {
    net::Peer peer;
    ClientTable::Lease lease;
  };
  /// `result.kind` is never no_memory.
  using OnEnded = std::function<void(net::TlsHandshake::Result result, Client client)>;

  /// `loop` outlives it; so does what `on_ended` uses. `memory`: the budget that sessions take from
  /// while their handshake lasts.
  PendingHandshakes(net::EventLoop& loop, std::shared_ptr<base::MemoryBudget> memory,
                    OnEnded on_ended);
  PendingHandshakes(const PendingHandshakes&) = delete;
  PendingHandshakes& operator=(const PendingHandshakes&) = delete;
  ~PendingHandshakes() = default;

  void add(base::UniqueFd socket, std::shared_ptr<const net::TlsServer> tls, Client client,
           std::uint32_t now);

  /// Closes those that began `seconds` ago or earlier; returns their number.
  std::size_t close_older(std::uint32_t seconds, std::uint32_t now);

  /// Closes the oldest, if it began `seconds` ago or earlier; only of one client where `address` is
  /// not empty. Returns whether it did.
  bool evict(std::string_view address, std::uint32_t seconds, std::uint32_t now);

  void clear() { pending_.clear(); }
  [[nodiscard]] std::size_t size() const { return pending_.size(); }
  [[nodiscard]] bool empty() const { return pending_.empty(); }

 private:
  struct Pending {
    Client client;
    std::uint32_t began = 0;
    std::shared_ptr<const net::TlsServer> tls;
    std::unique_ptr<net::TlsHandshake> handshake;
  };
  /// In the order in which they began.
  using List = std::list<Pending>;

  void start(List::iterator entry, base::UniqueFd socket);
  void end(List::iterator entry, net::TlsHandshake::Result result);
  [[nodiscard]] bool evict_session();

  net::EventLoop& loop_;
  std::shared_ptr<base::MemoryBudget> memory_;
  OnEnded on_ended_;
  List pending_;
};

}  // namespace millrace::gateway
