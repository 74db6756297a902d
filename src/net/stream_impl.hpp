// The state of a Stream, for this folder's own files.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "net/stream.hpp"
#include "net/unsent_bytes.hpp"

namespace millrace::net {

namespace asio = boost::asio;
/// With the loop's own executor: Asio's default is type-erased, which costs time on every
/// operation.
using Socket =
    asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;

/// EWOULDBLOCK is EAGAIN on Linux.
inline bool try_again(int error) { return error == EAGAIN || error == EINTR; }

inline int family_of(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return AF_UNSPEC;
  return address.ss_family;
}

struct Stream::Impl {
  Impl(EventLoop& loop, base::UniqueFd fd, StreamOptions how, StreamAccount account)
      : socket(loop.context()),
        options(how),
        buffer(how.initial_buffer),
        buffer_share(account.memory),
        unsent(base::MemoryBudget::Share(std::move(account.memory)), how.initial_buffer),
        descriptor(std::move(account.descriptor)) {
    const int family = family_of(fd.get());
    socket.assign(asio::generic::stream_protocol(family, 0), fd.release());
    socket.non_blocking(true);
  }

  Socket socket;
  Observer* observer = nullptr;
  StreamOptions options;
  std::vector<char> buffer;
  std::size_t begin = 0;
  std::size_t end = 0;
  /// The number of bytes that the last read returned.
  std::size_t last_read = 0;
  /// Bytes that the kernel has taken since the beginning.
  std::uint64_t taken = 0;
  base::MemoryBudget::Share buffer_share;
  UnsentBytes unsent;
  std::shared_ptr<const void> descriptor;
  /// Null in the clear.
  std::unique_ptr<TlsSession> tls;
  /// What the next read of records waits for.
  enum class Records : std::uint8_t { received, readable, writable } records = Records::received;
  bool input_ended = false;
  /// Nothing more is written.
  bool output_ended = false;
  bool paused = false;
  bool reading = false;
  bool writing = false;
  bool delivering = false;
  enum class Life : std::uint8_t { open, finishing, closed } life = Life::open;
  std::unique_ptr<asio::steady_timer> linger;

  /// Passes the first of the bytes on to the kernel and returns how many it has taken; nothing where
  /// the socket is broken.
  std::optional<std::size_t> send(std::string_view bytes) {
    if (tls) return send_records(bytes);
    const ssize_t count =
        ::send(socket.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) return try_again(errno) ? std::optional<std::size_t>(0) : std::nullopt;
    return static_cast<std::size_t>(count);
  }

  /// The same over TLS (stream_tls.cpp).
  std::optional<std::size_t> send_records(std::string_view bytes);

  /// Resizes the read buffer to `size`, within what the account allows.
  void resize_buffer(std::size_t size) {
    if (!buffer_share.try_set(size - options.initial_buffer)) {
      size = std::max(buffer.size(), std::min(size, kLeastBuffer));
      buffer_share.set(size - options.initial_buffer);
    }
    const bool less = size < buffer.size();
    buffer.resize(size);
    if (less) buffer.shrink_to_fit();
  }

  void shut() {
    life = Life::closed;
    observer = nullptr;
    boost::system::error_code ignored;
    socket.close(ignored);
    linger.reset();
    descriptor.reset();
    unsent.clear();
  }
};

}  // namespace millrace::net
