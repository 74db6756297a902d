#include "gateway/connection_table.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "base/ip_network.hpp"
#include "gateway/client_connection.hpp"

namespace millrace::gateway {

namespace {

/// The maximum number of idle connections closed at once.
constexpr std::size_t kMostEvicted = 32;

/// The loop reserves memory for further connections in steps of this size.
constexpr std::size_t kMostReserved = 1024;

/// Returns nothing for "", which stands for all clients.
std::optional<base::IpAddress> client_of(std::string_view address) {
  const auto parsed = base::IpAddress::parse(address);
  return parsed ? std::optional(parsed->client()) : std::nullopt;
}

}  // namespace

ConnectionTable::ConnectionTable(net::EventLoop& loop) : loop_(loop) {}

ConnectionTable::~ConnectionTable() = default;

ClientConnection& ConnectionTable::add(std::unique_ptr<ClientConnection> connection) {
  ClientConnection& added = *connection;
  connections_.emplace(&added, std::move(connection));
  if (connections_.size() > reserved_) {
    const std::size_t more = std::min(reserved_, kMostReserved);
    loop_.reserve(more);
    reserved_ += more;
  }
  return added;
}

void ConnectionTable::destroy_closed() {
  // Destroying a connection may abort its invocation, which never closes another connection.
  for (ClientConnection* connection : std::exchange(closed_, {})) connections_.erase(connection);
}

bool ConnectionTable::evict_idle(std::string_view address, std::uint32_t now) {
  if (none_idle_at_ == now + 1) return false;
  const auto client = client_of(address);
  bool any = false;
  std::vector<std::pair<std::uint64_t, ClientConnection*>> idle;
  for (const auto& [connection, owned] : connections_) {
    const auto turn = connection->idle_turn();
    any = any || turn.has_value();
    if (turn && (!client || client_of(connection->peer().address) == client)) {
      idle.emplace_back(*turn, connection);
    }
  }
  if (!any) none_idle_at_ = now + 1;
  if (idle.empty()) return false;
  // Where there are many connections, several are closed at once: each search scans all of them.
  const std::size_t count =
      address.empty() ? std::clamp<std::size_t>(idle.size() / 8, 1, kMostEvicted) : 1;
  std::nth_element(idle.begin(), idle.begin() + static_cast<std::ptrdiff_t>(count - 1), idle.end());
  for (std::size_t i = 0; i < count; ++i) idle[i].second->evict();
  return true;
}

bool ConnectionTable::cut_stalled(std::uint32_t seconds, std::uint32_t now,
                                  const base::MemoryBudget& memory, const Exchange* asking) {
  using Holder = std::tuple<std::uint32_t, std::size_t, ClientConnection*>;
  std::vector<Holder> holders;
  for (const auto& [connection, owned] : connections_) {
    if (asking != nullptr && !connection->may_be_cut_for(*asking)) continue;
    const std::size_t bytes = connection->held_bytes();
    const std::uint32_t since = connection->stalled_since();
    // Of clients that stalled equally long, the one that holds most is cut first.
    if (bytes > 0 && now - since >= seconds)
      holders.emplace_back(since, SIZE_MAX - bytes, connection);
  }
  std::sort(holders.begin(), holders.end());
  for (const auto& [since, order, connection] : holders) {
    if (!memory.is_half_used()) break;
    connection->cut();
  }
  return !holders.empty();
}

}  // namespace millrace::gateway
