#include "gateway/pending_proxy_headers.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <iterator>
#include <string_view>

namespace millrace::gateway {

void PendingProxyHeaders::add(base::UniqueFd socket, net::Peer peer, ClientTable::Lease lease,
                              std::uint32_t now) {
  pending_.push_back({.peer = std::move(peer), .lease = std::move(lease), .began = now});
  const auto entry = std::prev(pending_.end());
  // Destroying the entry ends the watch, so that the iterator is valid whenever it is called.
  entry->watch = std::make_unique<net::ReadableWatch>(loop_, std::move(socket),
                                                      [this, entry] { read(entry); });
}

void PendingProxyHeaders::read(List::iterator entry) {
  using State = net::ProxyHeader::State;
  State state = State::incomplete;
  while (state == State::incomplete) {
    std::array<char, net::ProxyHeader::kMost> bytes{};
    const int fd = entry->watch->fd();
    // What follows the header stays in the socket, for HTTP or TLS.
    const ssize_t size = ::recv(fd, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) {
      pending_.erase(entry);
      return;
    }
    std::size_t taken = 0;
    state = entry->header.take({bytes.data(), static_cast<std::size_t>(size)}, taken);
    if (::recv(fd, bytes.data(), taken, MSG_DONTWAIT) != static_cast<ssize_t>(taken)) {
      state = State::malformed;
    }
  }
  Pending ended = std::move(*entry);
  pending_.erase(entry);
  if (state == State::malformed) return on_malformed_(ended.peer);
  if (ended.header.source()) {
    ended.peer.address = ended.header.source()->address;
    ended.peer.port = ended.header.source()->port;
  }
  base::UniqueFd socket = ended.watch->release();
  ended.lease = {};
  on_complete_(std::move(socket), std::move(ended.peer));
}

void PendingProxyHeaders::close_older(std::uint32_t seconds, std::uint32_t now) {
  while (!pending_.empty() && now - pending_.front().began >= seconds) pending_.pop_front();
}

}  // namespace millrace::gateway
