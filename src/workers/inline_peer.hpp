// InlinePeer is a worker inside the server's own process: the other end of a link that is no socket.
// Routes that are trusted with the server's life run so, for the sake of the last microseconds.
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

  /// Frames from the server, whole ones. Calls handlers, which hold up the loop for as long as they
  /// take. False where the frames break the protocol.
  [[nodiscard]] virtual bool receive(std::string_view frames) = 0;

  /// Puts the frames for the server in place of what `frames` holds.
  virtual void take(std::string& frames) = 0;

  /// It was drained, and nothing is left.
  [[nodiscard]] virtual bool ended() const = 0;
};

/// Makes a peer whose tasks run on `context`. `has_frames` is called, from the loop and never from
/// inside a call of the peer, when there is something to take.
using InlineFactory = std::function<std::unique_ptr<InlinePeer>(boost::asio::io_context& context,
                                                                std::function<void()> has_frames)>;

}  // namespace millrace::workers
