// InlinePeer is a worker inside the server's own process: the other end of a link without a socket.
// It saves the last microseconds for routes that are trusted not to crash or block the server.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace boost::asio {
class io_context;
}

namespace millrace::workers {

/// Belongs to the loop's thread.
class InlinePeer {
 public:
  InlinePeer() = default;
  InlinePeer(const InlinePeer&) = delete;
  InlinePeer& operator=(const InlinePeer&) = delete;
  virtual ~InlinePeer() = default;

  /// Receives complete frames from the server. Calls handlers, which block the loop while they run.
  /// Returns false if the frames violate the protocol.
  [[nodiscard]] virtual bool receive(std::string_view frames) = 0;

  /// Replaces the content of `frames` with the frames for the server.
  virtual void take(std::string& frames) = 0;

  /// Returns whether it was told to drain and has nothing left to do.
  [[nodiscard]] virtual bool ended() const = 0;
};

/// Makes a peer whose tasks run on `context`. The peer calls `has_frames` when it has frames to
/// take, from the loop and never inside a call of the peer.
using InlineFactory = std::function<std::unique_ptr<InlinePeer>(boost::asio::io_context& context,
                                                                std::function<void()> has_frames)>;

}  // namespace millrace::workers
