#include "workers/channel.hpp"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "link/frame_encoder.hpp"

namespace millrace::workers {

namespace {

/// One read can take everything that a busy worker sends in one turn.
constexpr std::size_t kInitialBuffer = 128 * 1024;
/// The longest frame must fit.
constexpr std::size_t kMaximumBuffer = 2 * 1024 * 1024;
static_assert(kMaximumBuffer >= protocol::kMaxPayload + protocol::kFrameHeadSize);
/// After a burst, an outgoing buffer larger than this is freed.
constexpr std::size_t kKeptOutgoing = 256 * 1024;

/// Returns how many bytes wait at a socket to be read; nullopt if the kernel does not say.
std::optional<std::size_t> waiting_at(int socket) {
  int bytes = 0;
  if (::ioctl(socket, FIONREAD, &bytes) != 0 || bytes < 0) return std::nullopt;
  return static_cast<std::size_t>(bytes);
}

/// Reads everything that waits at `socket`, which another process may read at the same time. One
/// recv() holds the kernel's lock for readers of the socket until it has all: the other process has
/// read only what comes before. Returns nullopt if that has not worked.
std::optional<std::string> read_rest(int socket) {
  const auto waiting = waiting_at(socket);
  if (!waiting) return std::nullopt;
  std::string bytes(*waiting, '\0');
  if (bytes.empty()) return bytes;
  const ssize_t got = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got < 0 && errno != EAGAIN) return std::nullopt;
  bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  if (waiting_at(socket) != 0U) return std::nullopt;
  return bytes;
}

}  // namespace

Channel::Channel(net::EventLoop& loop, base::UniqueFd socket, Observer& observer)
    : loop_(loop),
      observer_(observer),
      stream_(net::Stream::adopt(
          loop, std::move(socket), *this,
          {.initial_buffer = kInitialBuffer, .maximum_buffer = kMaximumBuffer})) {
  stream_->start();
}

Channel::Channel(net::EventLoop& loop, const InlineFactory& make_peer, Observer& observer)
    : loop_(loop),
      observer_(observer),
      peer_(make_peer(loop.context(), [this] { loop_.at_turn_end(*this); })) {
  // The peer has already written its hello.
  loop_.at_turn_end(*this);
}

Channel::~Channel() {
  if (stream_) stream_->close();
}

std::string& Channel::outgoing() {
  loop_.at_turn_end(*this);
  return outgoing_;
}

void Channel::send(link::Kind kind, std::uint64_t stream, std::string_view payload, bool end) {
  link::append_frame(outgoing(), kind, stream, payload, end);
}

void Channel::peer_has_ended() {
  peer_ended_ = true;
  was_congested_ = false;
  outgoing_.clear();
  if (!closed_ && std::exchange(paused_, false)) stream_->resume();
}

void Channel::give_up(ChannelEnd how) {
  close();
  observer_.on_channel_closed(how);
}

std::optional<std::uint64_t> Channel::read_by_peer() const {
  if (!peer_end_ || closed_ || peer_ended_) return std::nullopt;
  const auto waiting = waiting_at(peer_end_.get());
  const std::uint64_t sent = written_ - stream_->unsent();
  if (!waiting || *waiting > sent) return std::nullopt;
  return sent - *waiting;
}

std::optional<Channel::Unread> Channel::withdraw() {
  if (!peer_end_ || closed_ || peer_ended_) return std::nullopt;
  const std::uint64_t sent = written_ - stream_->unsent();
  std::optional<std::string> rest = read_rest(peer_end_.get());
  if (!rest || rest->size() > sent) {
    give_up(ChannelEnd::undecided);
    return std::nullopt;
  }
  written_ = sent - rest->size();
  Unread unread{.place = written_, .bytes = std::move(*rest)};
  unread.bytes += stream_->take_unsent();
  unread.bytes += outgoing_;
  outgoing_.clear();
  return unread;
}

void Channel::write_again(std::string_view bytes) {
  stream_->write(bytes);
  written_ += bytes.size();
  // If the channel was congested, that may be over.
  loop_.at_turn_end(*this);
}

void Channel::close() {
  closed_ = true;
  if (stream_) stream_->close();
}

std::uint64_t Channel::bytes_arrived() const {
  return bytes_read_ + (stream_ && !closed_ ? stream_->unread() : 0);
}

void Channel::exchange_with_peer() {
  // Swapped out: handlers append new frames while the peer's responses are read.
  const std::string frames = std::exchange(outgoing_, {});
  bool ok = peer_->receive(frames);
  peer_->take(from_peer_);
  offered_before_ = 0;
  if (ok && !from_peer_.empty()) ok = on_bytes(from_peer_) == from_peer_.size() || closed_;
  if (closed_ || (ok && !peer_->ended())) return;
  closed_ = true;
  observer_.on_channel_closed(ok ? ChannelEnd::closed : ChannelEnd::protocol_error);
}

void Channel::run_at_turn_end() {
  if (peer_ && !closed_) return exchange_with_peer();
  if (!closed_ && !peer_ended_) write_outgoing();
  outgoing_.clear();
  if (outgoing_.capacity() > kKeptOutgoing) outgoing_.shrink_to_fit();
  if (closed_ || !was_congested_ || stream_->unsent() > 0) return;
  // The kernel took everything at once, so on_drained() will not be called.
  resume();
}

void Channel::write_outgoing() {
  was_congested_ = was_congested_ || congested();
  stream_->write(outgoing_);
  written_ += outgoing_.size();
  if (stream_->unsent() > kMostUnread) give_up(ChannelEnd::unread);
}

void Channel::on_drained() {
  if (was_congested_) resume();
}

void Channel::resume() {
  was_congested_ = false;
  observer_.on_channel_drained();
  if (closed_ || !std::exchange(paused_, false)) return;
  stream_->resume();
}

std::size_t Channel::on_bytes(std::string_view input) {
  bytes_read_ += input.size() - offered_before_;
  std::size_t consumed = 0;
  while (!closed_) {
    if (unread() >= kPauseReading) {
      // Each further frame may make the server queue more bytes for the peer.
      was_congested_ = paused_ = true;
      stream_->pause();
      break;
    }
    const link::Decoded decoded = link::decode_frame(input.substr(consumed));
    if (decoded.status == link::DecodeStatus::need_more) break;
    if (decoded.status == link::DecodeStatus::failed || !observer_.on_frame(decoded.frame)) {
      if (!closed_) give_up(ChannelEnd::protocol_error);
      break;
    }
    consumed += decoded.consumed;
  }
  offered_before_ = input.size() - consumed;
  return consumed;
}

void Channel::on_closed() {
  closed_ = true;
  observer_.on_channel_closed(ChannelEnd::closed);
}

}  // namespace millrace::workers
