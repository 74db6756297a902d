// ConnectionTable owns a server's connections and closes some of them to free resources: the
// connections that have been idle longest to free descriptors, the clients that have stalled
// longest to free memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/memory_budget.hpp"
#include "net/event_loop.hpp"

namespace millrace::gateway {

class ClientConnection;
class Exchange;

/// Belongs to the loop's thread. `now` is always Server::now().
class ConnectionTable {
 public:
  /// `loop` outlives the table.
  explicit ConnectionTable(net::EventLoop& loop);
  ConnectionTable(const ConnectionTable&) = delete;
  ConnectionTable& operator=(const ConnectionTable&) = delete;
  ~ConnectionTable();

  ClientConnection& add(std::unique_ptr<ClientConnection> connection);

  /// The number of connections that destroy_closed() has not destroyed yet.
  [[nodiscard]] std::size_t size() const { return connections_.size(); }
  [[nodiscard]] bool empty() const { return connections_.empty(); }

  /// Marks a closed connection for destroy_closed().
  void destroy_later(ClientConnection& connection) { closed_.push_back(&connection); }
  void destroy_closed();

  /// Registers that a connection has become idle and returns its turn; evict_idle() closes the
  /// lowest turns first.
  [[nodiscard]] std::uint64_t on_idle() {
    none_idle_at_ = 0;
    return ++last_turn_;
  }

  /// Closes the connections that have been idle longest; only those of one client where `address`
  /// is not empty. Returns false where none is idle.
  bool evict_idle(std::string_view address, std::uint32_t now);

  /// Cuts the clients that have stalled longest, each for at least `seconds`, until half of the
  /// memory is free. Spares those that may not be cut for `asking`, which may be null. Returns
  /// whether any was cut.
  bool cut_stalled(std::uint32_t seconds, std::uint32_t now, const base::MemoryBudget& memory,
                   const Exchange* asking);

  /// Calls `visit(connection)` for each connection; the call may close it.
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (const auto& [connection, owned] : connections_) visit(*connection);
  }

 private:
  net::EventLoop& loop_;
  std::unordered_map<ClientConnection*, std::unique_ptr<ClientConnection>> connections_;
  std::vector<ClientConnection*> closed_;
  /// The number of connections for which the loop has reserved memory.
  std::size_t reserved_ = 64;
  /// now + 1 of the last scan of all connections that found none idle: a burst of rejected clients
  /// must not cost a scan each.
  std::uint32_t none_idle_at_ = 0;
  std::uint64_t last_turn_ = 0;
};

}  // namespace millrace::gateway
