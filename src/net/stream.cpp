#include "net/stream.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "net/unsent_bytes.hpp"

namespace millrace::net {

namespace asio = boost::asio;
/// With the loop's own executor: Asio's default is type-erased, which costs time on every
/// operation.
using Socket =
    asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;

namespace {

/// How long finish() waits for the peer to close; a peer that never does must not hold a
/// descriptor.
constexpr std::chrono::seconds kLingerTime{2};

/// EWOULDBLOCK is EAGAIN on Linux.
bool try_again(int error) { return error == EAGAIN || error == EINTR; }

int family_of(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return AF_UNSPEC;
  return address.ss_family;
}

}  // namespace

struct Stream::Impl {
  Impl(EventLoop& loop, base::UniqueFd fd, Observer& who, StreamOptions how, StreamAccount account)
      : socket(loop.context()),
        observer(&who),
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
  Observer* observer;
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
  bool input_ended = false;
  /// Nothing more is written.
  bool output_ended = false;
  bool paused = false;
  bool reading = false;
  bool writing = false;
  bool delivering = false;
  enum class Life : std::uint8_t { open, finishing, closed } life = Life::open;
  std::unique_ptr<asio::steady_timer> linger;

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

std::shared_ptr<Stream> Stream::adopt(EventLoop& loop, base::UniqueFd socket, Observer& observer,
                                      StreamOptions options, StreamAccount account) {
  auto impl =
      std::make_unique<Impl>(loop, std::move(socket), observer, options, std::move(account));
  return std::shared_ptr<Stream>(new Stream(std::move(impl)));
}

Stream::Stream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Stream::~Stream() = default;

void Stream::start() { read_more(); }

void Stream::make_room() {
  Impl& s = *impl_;
  if (s.begin == s.end) {
    s.begin = s.end = 0;
    if (s.last_read == s.buffer.size() && s.buffer.size() < s.options.maximum_buffer) {
      // The peer sends more than fits: larger reads are cheaper.
      s.resize_buffer(std::min(s.buffer.size() * 4, s.options.maximum_buffer));
    } else if (s.last_read < s.options.initial_buffer &&
               s.buffer.size() > s.options.initial_buffer) {
      s.resize_buffer(s.options.initial_buffer);
    }
    return;
  }
  // Unconsumed bytes are moved to the front only where they are in the way.
  if (s.begin > 0 && s.buffer.size() - s.end < s.buffer.size() / 2) {
    std::memmove(s.buffer.data(), s.buffer.data() + s.begin, s.end - s.begin);
    s.end -= s.begin;
    s.begin = 0;
  }
  if (s.end == s.buffer.size() && s.buffer.size() < s.options.maximum_buffer) {
    s.resize_buffer(std::min(s.buffer.size() * 2, s.options.maximum_buffer));
  }
}

void Stream::read_more() {
  Impl& s = *impl_;
  if (s.life == Impl::Life::closed || s.reading || s.input_ended) return;
  make_room();
  if (s.end == s.buffer.size()) return;
  s.reading = true;
  s.socket.async_read_some(
      asio::buffer(s.buffer.data() + s.end, s.buffer.size() - s.end),
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t bytes) {
        const bool end = error == asio::error::eof;
        self->handle_read(bytes, end     ? ReadOutcome::end
                                 : error ? ReadOutcome::failure
                                         : ReadOutcome::bytes);
      });
}

void Stream::handle_read(std::size_t bytes, ReadOutcome outcome) {
  Impl& s = *impl_;
  s.reading = false;
  if (s.life == Impl::Life::closed) return;
  if (s.life == Impl::Life::finishing) {
    s.begin = s.end = 0;
    if (outcome != ReadOutcome::bytes) {
      s.shut();
    } else {
      read_more();
    }
    return;
  }
  if (outcome == ReadOutcome::failure) return fail();
  if (outcome == ReadOutcome::end) return handle_end();
  s.end += bytes;
  s.last_read = bytes;
  if (!s.paused) deliver();
  if (s.life != Impl::Life::closed && !s.paused) read_more();
}

void Stream::handle_end() {
  Impl& s = *impl_;
  const auto self = shared_from_this();
  s.input_ended = true;
  const bool stays = s.observer->on_end();
  if (s.life != Impl::Life::open) return;
  if (!stays) return fail();
  if (!s.paused) deliver();
}

void Stream::deliver() {
  Impl& s = *impl_;
  if (s.delivering || s.begin == s.end) return;
  s.delivering = true;
  // The observer may release the last owner of this stream.
  const auto self = shared_from_this();
  std::size_t consumed = 0;
  try {
    consumed = s.observer->on_bytes(std::string_view(s.buffer.data() + s.begin, s.end - s.begin));
  } catch (...) {
    // The observer stopped halfway, so its view of this stream is unreliable. The loop reports the
    // exception.
    s.delivering = false;
    if (s.life == Impl::Life::open) fail();
    throw;
  }
  s.delivering = false;
  if (s.life != Impl::Life::open) return;
  // An observer that consumes more than it was offered has no valid view of the buffer.
  if (consumed > s.end - s.begin) return fail();
  s.begin += consumed;
}

void Stream::write(std::string_view bytes) {
  Impl& s = *impl_;
  if (s.life != Impl::Life::open || s.output_ended || bytes.empty()) return;
  if (s.unsent.empty()) {
    const ssize_t taken =
        ::send(s.socket.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken >= 0) {
      s.taken += static_cast<std::uint64_t>(taken);
      bytes.remove_prefix(static_cast<std::size_t>(taken));
    } else if (!try_again(errno)) {
      // The pending read, or the wait below, reports it to the observer in a later turn.
      s.unsent.append(bytes);
      wait_writable();
      return;
    }
    if (bytes.empty()) return;
  }
  s.unsent.append(bytes);
  wait_writable();
}

void Stream::wait_writable() {
  Impl& s = *impl_;
  if (s.writing) return;
  s.writing = true;
  s.socket.async_wait(Socket::wait_write,
                      [self = shared_from_this()](const boost::system::error_code& error) {
                        self->handle_writable(static_cast<bool>(error));
                      });
}

void Stream::handle_writable(bool failed) {
  Impl& s = *impl_;
  s.writing = false;
  if (s.life == Impl::Life::closed) return;
  if (failed) return fail();
  const std::string_view bytes = s.unsent.view();
  const ssize_t taken =
      ::send(s.socket.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (taken < 0) {
    if (try_again(errno)) return wait_writable();
    return fail();
  }
  s.unsent.advance(static_cast<std::size_t>(taken));
  s.taken += static_cast<std::uint64_t>(taken);
  if (!s.unsent.empty()) return wait_writable();
  s.unsent.clear();
  if (s.life == Impl::Life::finishing) return end_sending();
  if (s.output_ended) shut_down_sending();
  const auto self = shared_from_this();
  s.observer->on_drained();
}

std::size_t Stream::unread() const {
  boost::system::error_code failed;
  const std::size_t bytes = impl_->life == Impl::Life::closed ? 0 : impl_->socket.available(failed);
  return failed ? 0 : bytes;
}

std::size_t Stream::unsent() const { return impl_->unsent.size(); }

std::string Stream::take_unsent() {
  std::string bytes(impl_->unsent.view());
  impl_->unsent.clear();
  return bytes;
}

std::uint64_t Stream::delivered() const {
  int queued = 0;
  // For a TCP socket the bytes not acknowledged, for a local one those not read.
  if (::ioctl(impl_->socket.native_handle(), SIOCOUTQ, &queued) != 0 || queued < 0) queued = 0;
  return impl_->taken - std::min<std::uint64_t>(impl_->taken, static_cast<std::uint64_t>(queued));
}

void Stream::pause() { impl_->paused = true; }

void Stream::resume() {
  Impl& s = *impl_;
  if (s.life != Impl::Life::open) return;
  const auto self = shared_from_this();
  s.paused = false;
  deliver();
  // After the observer has finished the stream, input is still read and discarded.
  if (s.life != Impl::Life::closed && !s.paused && !s.delivering) read_more();
}

void Stream::fail() {
  Impl& s = *impl_;
  const auto self = shared_from_this();
  Observer* observer = s.observer;
  s.shut();
  if (observer != nullptr) observer->on_closed();
}

void Stream::close() {
  if (impl_->life != Impl::Life::closed) impl_->shut();
}

void Stream::reset() {
  if (impl_->life == Impl::Life::closed) return;
  boost::system::error_code ignored;
  impl_->socket.set_option(asio::socket_base::linger(true, 0), ignored);
  impl_->shut();
}

void Stream::finish() {
  Impl& s = *impl_;
  if (s.life != Impl::Life::open) return;
  s.life = Impl::Life::finishing;
  s.observer = nullptr;
  s.paused = false;
  s.begin = s.end = 0;
  s.linger = std::make_unique<asio::steady_timer>(s.socket.get_executor(), kLingerTime);
  s.linger->async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->close();
  });
  if (s.unsent.empty()) end_sending();
  // deliver() may be above on the stack; handle_read then sees `finishing`.
  if (!s.delivering) read_more();
}

void Stream::end_output() {
  if (std::exchange(impl_->output_ended, true) || impl_->life != Impl::Life::open) return;
  if (impl_->unsent.empty()) shut_down_sending();
}

void Stream::shut_down_sending() {
  boost::system::error_code ignored;
  impl_->socket.shutdown(Socket::shutdown_send, ignored);
}

void Stream::end_sending() {
  shut_down_sending();
  // Otherwise the peer has yet to close.
  if (impl_->input_ended) impl_->shut();
}

}  // namespace millrace::net
