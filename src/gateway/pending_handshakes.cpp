#include "gateway/pending_handshakes.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/ip_network.hpp"

namespace millrace::gateway {

namespace {

/// Returns nothing for "", which stands for all clients.
std::optional<base::IpAddress> client_of(std::string_view address) {
  const auto parsed = base::IpAddress::parse(address);
  return parsed ? std::optional(parsed->client()) : std::nullopt;
}

}  // namespace

PendingHandshakes::PendingHandshakes(net::EventLoop& loop,
                                     std::shared_ptr<base::MemoryBudget> memory, OnEnded on_ended)
    : loop_(loop), memory_(std::move(memory)), on_ended_(std::move(on_ended)) {}

void PendingHandshakes::add(base::UniqueFd socket, std::shared_ptr<const net::TlsServer> tls,
                            Client client, std::uint32_t now) {
  pending_.push_back(
      {.client = std::move(client), .began = now, .tls = std::move(tls), .handshake = nullptr});
  start(std::prev(pending_.end()), std::move(socket));
}

void PendingHandshakes::start(List::iterator entry, base::UniqueFd socket) {
  // Destroying the entry ends the handshake, so that the iterator is valid whenever it is called.
  entry->handshake = std::make_unique<net::TlsHandshake>(
      loop_, std::move(socket), entry->tls, memory_,
      [this, entry](net::TlsHandshake::Result result) { end(entry, std::move(result)); });
}

void PendingHandshakes::end(List::iterator entry, net::TlsHandshake::Result result) {
  using Kind = net::TlsHandshake::Result::Kind;
  if (result.kind == Kind::no_memory) {
    // Its ClientHello is unread.
    if (evict_session()) return start(entry, std::move(result.socket));
    result.kind = Kind::failed;
    result.reason = "the server has no memory for another session";
  }
  Client client = std::move(entry->client);
  pending_.erase(entry);
  on_ended_(std::move(result), std::move(client));
}

bool PendingHandshakes::evict_session() {
  const auto oldest = std::find_if(pending_.begin(), pending_.end(), [](const Pending& pending) {
    return pending.handshake->has_session();
  });
  if (oldest == pending_.end()) return false;
  pending_.erase(oldest);
  return true;
}

std::size_t PendingHandshakes::close_older(std::uint32_t seconds, std::uint32_t now) {
  std::size_t count = 0;
  while (!pending_.empty() && now - pending_.front().began >= seconds) {
    pending_.pop_front();
    ++count;
  }
  return count;
}

bool PendingHandshakes::evict(std::string_view address, std::uint32_t seconds, std::uint32_t now) {
  const auto client = client_of(address);
  const auto oldest =
      std::find_if(pending_.begin(), pending_.end(), [&client](const Pending& pending) {
        return !client || client_of(pending.client.peer.address) == client;
      });
  if (oldest == pending_.end() || now - oldest->began < seconds) return false;
  pending_.erase(oldest);
  return true;
}

}  // namespace millrace::gateway
