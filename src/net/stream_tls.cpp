// Streams over TLS: records are read and written by a TlsSession, on the stream's socket.
#include <boost/asio/post.hpp>
#include <string>

#include "net/stream_impl.hpp"

namespace millrace::net {

std::shared_ptr<Stream> Stream::adopt(EventLoop& loop, base::UniqueFd socket,
                                      std::unique_ptr<TlsSession> session, StreamOptions options,
                                      StreamAccount account) {
  auto stream = adopt(loop, std::move(socket), options, std::move(account));
  stream->impl_->tls = std::move(session);
  return stream;
}

bool Stream::secure() const { return impl_->tls != nullptr; }

std::string Stream::client_certificate() const {
  return impl_->tls ? impl_->tls->client_certificate() : std::string();
}

std::string_view Stream::alpn() const {
  return impl_->tls ? impl_->tls->alpn() : std::string_view();
}

std::optional<std::size_t> Stream::Impl::send_records(std::string_view bytes) {
  std::size_t count = 0;
  while (count < bytes.size()) {
    const auto [state, written] = tls->write(bytes.substr(count));
    if (state == TlsSession::State::wants_write) break;
    if (state != TlsSession::State::done) return std::nullopt;
    count += written;
  }
  return count;
}

void Stream::wait_for_records() {
  Impl& s = *impl_;
  if (s.records == Impl::Records::received) {
    // In a later turn: the observer is never called from inside a call to the stream.
    return asio::post(s.socket.get_executor(),
                      [self = shared_from_this()] { self->read_records(false); });
  }
  const bool writable = s.records == Impl::Records::writable;
  s.socket.async_wait(writable ? Socket::wait_write : Socket::wait_read,
                      [self = shared_from_this()](const boost::system::error_code& error) {
                        self->read_records(static_cast<bool>(error));
                      });
}

void Stream::read_records(bool failed) {
  Impl& s = *impl_;
  if (s.life != Impl::Life::open) return handle_read(0, ReadOutcome::bytes);
  if (failed) return handle_read(0, ReadOutcome::failure);
  using State = TlsSession::State;
  std::size_t bytes = 0;
  State state = State::done;
  s.records = Impl::Records::received;
  while (s.end + bytes < s.buffer.size()) {
    const auto read = s.tls->read(s.buffer.data() + s.end + bytes, s.buffer.size() - s.end - bytes);
    state = read.state;
    bytes += read.bytes;
    if (state == State::done && s.tls->has_received()) continue;
    if (state == State::done || state == State::wants_read) s.records = Impl::Records::readable;
    if (state == State::wants_write) s.records = Impl::Records::writable;
    break;
  }
  // After bytes, the next read reports the end or the failure again.
  if (bytes > 0 || state == State::wants_read || state == State::wants_write) {
    return handle_read(bytes, ReadOutcome::bytes);
  }
  handle_read(0, state == State::ended ? ReadOutcome::end : ReadOutcome::failure);
}

}  // namespace millrace::net
