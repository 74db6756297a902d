// ConnectionTable keeps a server's connections, and knows whose turn it is to go where others need
// what connections hold: those that have been idle longest for their descriptors, those that have
// stood still longest for memory.
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

class Connection;
class Exchange;

/// Belongs to the loop's thread. `now` is Server::now() throughout.
class ConnectionTable {
 public:
  /// `loop` outlives it.
  explicit ConnectionTable(net::EventLoop& loop);
  ConnectionTable(const ConnectionTable&) = delete;
  ConnectionTable& operator=(const ConnectionTable&) = delete;
  ~ConnectionTable();

  Connection& add(std::unique_ptr<Connection> connection);

  /// Those that destroy_closed() has not destroyed.
  [[nodiscard]] std::size_t size() const { return connections_.size(); }
  [[nodiscard]] bool empty() const { return connections_.empty(); }

  /// `connection` is closed: destroy_closed() destroys it.
  void destroy_later(Connection& connection) { closed_.push_back(&connection); }
  void destroy_closed();

  /// A connection has become idle. Returns its turn: evict_idle() closes the lowest first.
  [[nodiscard]] std::uint64_t on_idle() {
    none_idle_at_ = 0;
    return ++last_turn_;
  }

  /// Closes the connections that have been idle longest; of one client where `address` names it. False
  /// where there is none.
  bool evict_idle(std::string_view address, std::uint32_t now);

  /// Cuts the clients that have stood still longest, for `seconds` at least, until half of the memory
  /// is free; not those that may not go for `asking`, which may be null. Whether there was one.
  bool shed(std::uint32_t seconds, std::uint32_t now, const base::MemoryBudget& memory,
            const Exchange* asking);

  /// Calls `visit(connection)` for each, which may close it.
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (const auto& [connection, owned] : connections_) visit(*connection);
  }

 private:
  net::EventLoop& loop_;
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> closed_;
  /// Connections for which the loop has set memory aside.
  std::size_t reserved_ = 64;
  /// now + 1 when a look at all connections last found none idle; a crowd that is turned away must not
  /// cost a look each.
  std::uint32_t none_idle_at_ = 0;
  std::uint64_t last_turn_ = 0;
};

}  // namespace millrace::gateway
