#include "net/stream.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "net/stream_impl.hpp"

namespace millrace::net {

namespace {

/// How long finish() waits for the peer to close; a peer that never does must not hold a
/// descriptor.
constexpr std::chrono::seconds kLingerTime{2};

}  // namespace

std::shared_ptr<Stream> Stream::adopt(EventLoop& loop, base::UniqueFd socket, StreamOptions options,
                                      StreamAccount account) {
  auto impl = std::make_unique<Impl>(loop, std::move(socket), options, std::move(account));
  return std::shared_ptr<Stream>(new Stream(std::move(impl)));
}

std::shared_ptr<Stream> Stream::adopt(EventLoop& loop, base::UniqueFd socket, Observer& observer,
                                      StreamOptions options, StreamAccount account) {
  auto stream = adopt(loop, std::move(socket), options, std::move(account));
  stream->observe(observer);
  return stream;
}

void Stream::observe(Observer& observer) {
  if (impl_->life == Impl::Life::open) impl_->observer = &observer;
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
  // What a finished stream discards need not be decrypted.
  if (s.tls && s.life == Impl::Life::open) return wait_for_records();
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
    // The pending read, or the wait below, reports a failure to the observer in a later turn.
    const std::size_t taken = s.send(bytes).value_or(0);
    s.taken += taken;
    bytes.remove_prefix(taken);
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
  const std::optional<std::size_t> taken = s.send(s.unsent.view());
  if (!taken) return fail();
  s.unsent.advance(*taken);
  s.taken += *taken;
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
  if (impl_->life == Impl::Life::closed) return;
  if (impl_->tls && impl_->life == Impl::Life::open && impl_->unsent.empty()) {
    impl_->tls->end_output();
  }
  impl_->shut();
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
  if (impl_->tls) impl_->tls->end_output();
  boost::system::error_code ignored;
  impl_->socket.shutdown(Socket::shutdown_send, ignored);
}

void Stream::end_sending() {
  shut_down_sending();
  // Otherwise the peer has yet to close.
  if (impl_->input_ended) impl_->shut();
}

}  // namespace millrace::net
