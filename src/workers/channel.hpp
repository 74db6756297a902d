// Channel transfers the link's frames over a stream: frames written in one turn of the loop leave
// in one write, and received frames are passed to the observer one by one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/unique_fd.hpp"
#include "link/frame.hpp"
#include "net/event_loop.hpp"
#include "net/stream.hpp"
#include "workers/inline_peer.hpp"

namespace millrace::workers {

/// How a channel ended.
enum class ChannelEnd : std::uint8_t {
  /// The peer closed it, or the connection broke.
  closed,
  protocol_error,
  /// The peer does not read: more than kMostUnread bytes wait for it.
  unread,
  /// It cannot be told which bytes the peer has read.
  undecided,
};

/// The bytes that wait for the peer are bounded. Above kCongested the owner should give it no more
/// work, above kPauseReading the channel stops reading its frames until it has read ours, and above
/// kMostUnread the channel closes. Belongs to the loop's thread.
class Channel : private net::Stream::Observer, private net::TurnTask {
 public:
  /// Receives frames. May close() the channel inside a call, but must not destroy it.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// Returns false if the frame violates the protocol: the channel then closes and reports it.
    virtual bool on_frame(const link::Frame& frame) = 0;

    /// The peer has read the bytes that waited for it, after congested() was true.
    virtual void on_channel_drained() = 0;

    /// The channel has closed by itself; not called after close().
    virtual void on_channel_closed(ChannelEnd how) = 0;
  };

  /// Takes ownership of a connected non-blocking socket and starts to read. `observer` must outlive
  /// the channel.
  Channel(net::EventLoop& loop, base::UniqueFd socket, Observer& observer);
  /// The same, with a peer in this process.
  Channel(net::EventLoop& loop, const InlineFactory& make_peer, Observer& observer);
  ~Channel() override;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Returns the buffer for link::append_…(); its frames leave at the end of this turn.
  [[nodiscard]] std::string& outgoing();

  /// Appends one frame.
  void send(link::Kind kind, std::uint64_t stream, std::string_view payload, bool end = false);

  [[nodiscard]] bool closed() const { return closed_; }

  /// Returns whether so many bytes wait for the peer that it should get no more requests and
  /// request bodies; on_channel_drained() follows when it has read them.
  [[nodiscard]] bool congested() const { return unread() >= kCongested; }

  /// Returns the bytes that the peer has not read yet. A peer in this process reads everything each
  /// turn.
  [[nodiscard]] std::size_t unread() const {
    return stream_ && !peer_ended_ ? outgoing_.size() + stream_->unsent() : 0;
  }

  static constexpr std::size_t kCongested = std::size_t{1024} * 1024;
  static constexpr std::size_t kPauseReading = std::size_t{4} * 1024 * 1024;
  /// The longest reply of the data cache, escaped as JSON, fits in addition to kPauseReading with
  /// ample margin.
  static constexpr std::size_t kMostUnread = std::size_t{64} * 1024 * 1024;

  /// Keeps `end`, a duplicate of the peer's end of the socket, through which withdraw() reads.
  void keep_peer_end(base::UniqueFd end) { peer_end_ = std::move(end); }

  /// Returns how many bytes have been written, those in outgoing() included: the place of the next
  /// frame.
  [[nodiscard]] std::uint64_t written() const { return written_ + outgoing_.size(); }

  /// Returns how many of these bytes the peer has read; nullopt without its end. Costs a system
  /// call.
  [[nodiscard]] std::optional<std::uint64_t> read_by_peer() const;

  /// Bytes that the peer has not read, the first of them at `place`.
  struct Unread {
    std::uint64_t place = 0;
    std::string bytes;
  };

  /// Takes all bytes back that the peer has not read: it never gets them, unless write_again()
  /// follows. The peer may be reading meanwhile: a byte is either read by it or returned. Returns
  /// nullopt, with the channel unchanged, without the peer's end; if it cannot be told what the peer
  /// has read, the channel closes and reports it.
  [[nodiscard]] std::optional<Unread> withdraw();

  /// Writes bytes in place of those that were withdrawn: they go out before all later ones.
  void write_again(std::string_view bytes);

  /// Closes and reports that to the observer.
  void give_up(ChannelEnd how);

  /// Returns the bytes read so far, by which the owner sees whether more is arriving.
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

  /// Returns the bytes that the peer has sent so far, both those read and those waiting to be read.
  [[nodiscard]] std::uint64_t bytes_arrived() const;

  /// While reading is paused until the peer has read our frames: returns how many of our bytes it
  /// has read. Otherwise nullopt.
  [[nodiscard]] std::optional<std::uint64_t> read_while_paused() const {
    if (!paused_ || closed_) return std::nullopt;
    return stream_->delivered();
  }

  /// Call when the peer no longer exists: bytes waiting for it are discarded, and everything it has
  /// sent is still read.
  void peer_has_ended();

  /// Closes without a call of the observer.
  void close();

 private:
  void exchange_with_peer();
  void write_outgoing();
  void resume();
  std::size_t on_bytes(std::string_view input) override;
  void on_closed() override;
  void on_drained() override;
  void run_at_turn_end() override;

  net::EventLoop& loop_;
  Observer& observer_;
  /// Exactly one of the two is set.
  std::shared_ptr<net::Stream> stream_;
  std::unique_ptr<InlinePeer> peer_;
  std::string from_peer_;
  std::string outgoing_;
  /// A duplicate of the peer's end of the socket, if it is kept.
  base::UniqueFd peer_end_;
  /// The bytes that stream_ has been given.
  std::uint64_t written_ = 0;
  /// The part of bytes offered again that on_bytes() has already counted.
  std::size_t offered_before_ = 0;
  std::uint64_t bytes_read_ = 0;
  /// The channel was congested and on_channel_drained() has not been called since.
  bool was_congested_ = false;
  /// Reading is paused until the peer has read our frames.
  bool paused_ = false;
  bool peer_ended_ = false;
  bool closed_ = false;
};

}  // namespace millrace::workers
