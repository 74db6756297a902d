#include "net/stream.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include "base/assert.hpp"

namespace millrace::net {

namespace asio = boost::asio;
/// With the loop's own executor: Asio's default can hold any, and every operation pays for that.
using Socket =
    asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;

namespace {

/// How long finish() waits for the peer's end; a peer that never ends must not hold a descriptor.
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
  Impl(EventLoop& loop, base::UniqueFd fd, Observer& who, StreamOptions how)
      : socket(loop.context()), observer(&who), options(how), buffer(how.initial_buffer) {
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
  /// Bytes that the last read gave.
  std::size_t last_read = 0;
  std::string unsent;
  std::size_t sent = 0;
  bool paused = false;
  bool reading = false;
  bool writing = false;
  bool delivering = false;
  bool closed = false;
  bool finishing = false;
  std::unique_ptr<asio::steady_timer> linger;

  void shut() {
    closed = true;
    observer = nullptr;
    boost::system::error_code ignored;
    socket.close(ignored);
    linger.reset();
  }
};

std::shared_ptr<Stream> Stream::adopt(EventLoop& loop, base::UniqueFd socket, Observer& observer,
                                      StreamOptions options) {
  auto impl = std::make_unique<Impl>(loop, std::move(socket), observer, options);
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
      // The peer sends more than fits: larger reads cost less.
      s.buffer.resize(std::min(s.buffer.size() * 4, s.options.maximum_buffer));
    } else if (s.last_read < s.options.initial_buffer &&
               s.buffer.size() > s.options.initial_buffer) {
      s.buffer.resize(s.options.initial_buffer);
      s.buffer.shrink_to_fit();
    }
    return;
  }
  // Move a remainder to the front only where it is in the way.
  if (s.begin > 0 && s.buffer.size() - s.end < s.buffer.size() / 2) {
    std::memmove(s.buffer.data(), s.buffer.data() + s.begin, s.end - s.begin);
    s.end -= s.begin;
    s.begin = 0;
  }
  if (s.end == s.buffer.size() && s.buffer.size() < s.options.maximum_buffer) {
    s.buffer.resize(std::min(s.buffer.size() * 2, s.options.maximum_buffer));
  }
}

void Stream::read_more() {
  Impl& s = *impl_;
  if (s.closed || s.reading) return;
  make_room();
  if (s.end == s.buffer.size()) return;
  s.reading = true;
  s.socket.async_read_some(
      asio::buffer(s.buffer.data() + s.end, s.buffer.size() - s.end),
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t bytes) {
        self->handle_read(bytes, static_cast<bool>(error));
      });
}

void Stream::handle_read(std::size_t bytes, bool failed) {
  Impl& s = *impl_;
  s.reading = false;
  if (s.closed) return;
  if (s.finishing) {
    s.begin = s.end = 0;
    if (failed) {
      s.shut();
    } else {
      read_more();
    }
    return;
  }
  if (failed) return fail();
  s.end += bytes;
  s.last_read = bytes;
  if (!s.paused) deliver();
  if (!s.closed && !s.paused) read_more();
}

void Stream::deliver() {
  Impl& s = *impl_;
  if (s.delivering || s.begin == s.end) return;
  s.delivering = true;
  // The observer may drop the last owner of this stream.
  const auto self = shared_from_this();
  const std::size_t consumed =
      s.observer->on_bytes(std::string_view(s.buffer.data() + s.begin, s.end - s.begin));
  s.delivering = false;
  if (s.closed || s.finishing) return;
  MILLRACE_ASSERT(consumed <= s.end - s.begin);
  s.begin += consumed;
}

void Stream::write(std::string_view bytes) {
  Impl& s = *impl_;
  if (s.closed || s.finishing || bytes.empty()) return;
  if (s.unsent.empty()) {
    const ssize_t taken =
        ::send(s.socket.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(taken));
    } else if (!try_again(errno)) {
      // Told to the observer by the pending read, or by the wait below, in a later turn.
      s.unsent.assign(bytes);
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
  if (s.closed) return;
  if (failed) return fail();
  const ssize_t taken = ::send(s.socket.native_handle(), s.unsent.data() + s.sent,
                               s.unsent.size() - s.sent, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (taken < 0) {
    if (try_again(errno)) return wait_writable();
    return fail();
  }
  s.sent += static_cast<std::size_t>(taken);
  if (s.sent < s.unsent.size()) return wait_writable();
  s.unsent.clear();
  s.sent = 0;
  if (s.unsent.capacity() > s.options.maximum_buffer) s.unsent.shrink_to_fit();
  if (s.finishing) return end_sending();
  const auto self = shared_from_this();
  s.observer->on_drained();
}

std::size_t Stream::unread() const {
  boost::system::error_code failed;
  const std::size_t bytes = impl_->closed ? 0 : impl_->socket.available(failed);
  return failed ? 0 : bytes;
}

std::size_t Stream::unsent() const { return impl_->unsent.size() - impl_->sent; }

void Stream::pause() { impl_->paused = true; }

void Stream::resume() {
  Impl& s = *impl_;
  if (s.closed || s.finishing) return;
  const auto self = shared_from_this();
  s.paused = false;
  deliver();
  if (!s.closed && !s.finishing && !s.paused && !s.delivering) read_more();
}

void Stream::fail() {
  Impl& s = *impl_;
  const auto self = shared_from_this();
  Observer* observer = s.observer;
  s.shut();
  if (observer != nullptr) observer->on_closed();
}

void Stream::close() {
  if (!impl_->closed) impl_->shut();
}

void Stream::reset() {
  if (impl_->closed) return;
  boost::system::error_code ignored;
  impl_->socket.set_option(asio::socket_base::linger(true, 0), ignored);
  impl_->shut();
}

void Stream::finish() {
  Impl& s = *impl_;
  if (s.closed || s.finishing) return;
  s.finishing = true;
  s.observer = nullptr;
  s.paused = false;
  s.begin = s.end = 0;
  s.linger = std::make_unique<asio::steady_timer>(s.socket.get_executor(), kLingerTime);
  s.linger->async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->close();
  });
  if (s.unsent.empty()) end_sending();
  // deliver() may be above us on the stack; handle_read then sees `finishing`.
  if (!s.delivering) read_more();
}

void Stream::end_sending() {
  boost::system::error_code ignored;
  impl_->socket.shutdown(Socket::shutdown_send, ignored);
}

}  // namespace millrace::net
