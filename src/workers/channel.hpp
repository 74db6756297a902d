// Channel speaks the link's frames over a stream: frames written in one turn of the loop leave in
// one write, frames read are handed on one by one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "link/frame.hpp"
#include "net/event_loop.hpp"
#include "net/stream.hpp"
#include "workers/inline_peer.hpp"

namespace millrace::workers {

/// How a channel came to its end.
enum class ChannelEnd : std::uint8_t {
  /// By the peer, or the connection broke.
  closed,
  protocol_error,
  /// The peer does not read: more waits for it than kMostUnread.
  unread,
};

/// What waits for the peer is bounded: past kCongested the owner gives it nothing more to do, past
/// kUnanswered its own frames are not read before it has read ours, past kMostUnread it is given
/// up. Belongs to the loop's thread.
class Channel : private net::Stream::Observer, private net::TurnTask {
 public:
  /// Hears of frames. May close() the channel inside a call, but not destroy it.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// False where the frame breaks the protocol: the channel then closes and says so.
    virtual bool on_frame(const link::Frame& frame) = 0;

    /// The peer has read what waited for it, after a while of congested().
    virtual void on_channel_drained() = 0;

    /// The channel is closed. Not called after close().
    virtual void on_channel_closed(ChannelEnd how) = 0;
  };

  /// Takes a connected non-blocking socket; begins to read. `observer` outlives the channel.
  Channel(net::EventLoop& loop, base::UniqueFd socket, Observer& observer);
  /// The same with a peer in this process.
  Channel(net::EventLoop& loop, const InlineFactory& make_peer, Observer& observer);
  ~Channel() override;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Where to append frames with link::append_…; they leave at the end of this turn.
  [[nodiscard]] std::string& outgoing();

  /// Appends one frame.
  void send(link::Kind kind, std::uint64_t stream, std::string_view payload, bool end = false);

  [[nodiscard]] bool closed() const { return closed_; }

  /// Whether so much waits for the peer that it should get no more requests and no more of bodies;
  /// on_channel_drained() follows where it reads on.
  [[nodiscard]] bool congested() const { return unread() >= kCongested; }

  /// Bytes that the peer has not taken yet. A peer in this process takes all of them each turn.
  [[nodiscard]] std::size_t unread() const {
    return stream_ && !peer_ended_ ? outgoing_.size() + stream_->unsent() : 0;
  }

  static constexpr std::size_t kCongested = std::size_t{1024} * 1024;
  static constexpr std::size_t kUnanswered = std::size_t{4} * 1024 * 1024;
  /// The longest answer of the data cache, escaped as JSON, fits beside kUnanswered by far.
  static constexpr std::size_t kMostUnread = std::size_t{64} * 1024 * 1024;

  /// Bytes read so far; tells whether anything is still coming.
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

  /// Bytes that the peer has sent so far: those read, and those that wait to be read.
  [[nodiscard]] std::uint64_t bytes_arrived() const;

  /// While its frames wait until it has read ours: bytes of ours that it has read. Else nothing.
  [[nodiscard]] std::optional<std::uint64_t> read_while_held_back() const {
    if (!paused_ || closed_) return std::nullopt;
    return stream_->delivered();
  }

  /// The peer is there no more: what waits for it counts no longer, and all that it has sent is read.
  void peer_has_ended();

  /// Closes without telling the observer.
  void close();

 private:
  void exchange_with_peer();
  void write_outgoing();
  void go_on();
  std::size_t on_bytes(std::string_view input) override;
  void on_closed() override;
  void on_drained() override;
  void run_at_turn_end() override;

  net::EventLoop& loop_;
  Observer& observer_;
  /// One of the two.
  std::shared_ptr<net::Stream> stream_;
  std::unique_ptr<InlinePeer> peer_;
  std::string from_peer_;
  std::string outgoing_;
  /// What on_bytes has already counted of bytes offered again.
  std::size_t offered_before_ = 0;
  std::uint64_t bytes_read_ = 0;
  /// It was congested, and the owner has not heard of the end of it.
  bool held_up_ = false;
  /// Its frames wait until it has read ours.
  bool paused_ = false;
  bool peer_ended_ = false;
  bool closed_ = false;
};

}  // namespace millrace::workers
