// CompressionQueue shares out the loop's time among response bodies that are compressed: a bounded
// number of bytes in a turn, a piece of each body after the other. However long bodies are and however
// many, other requests wait for a few milliseconds of compressing at most.
#pragma once

#include <cstddef>
#include <deque>

#include "net/event_loop.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread. Outlived by the loop.
class CompressionQueue final : private net::TurnTask {
 public:
  /// The longest piece of a body that is compressed at once.
  static constexpr std::size_t kPiece = std::size_t{64} * 1024;
  /// Bytes that are compressed in a turn at most, but for one piece more where bodies wait.
  static constexpr std::size_t kTurn = 2 * kPiece;

  /// A body of which something waits to be compressed.
  class Body {
   public:
    Body() = default;
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;
    virtual ~Body() = default;

    /// Compresses the next piece, `most` bytes or, where that cannot be cut, kPiece at most, and
    /// returns its size. May destroy the body. Called once for each add().
    virtual std::size_t compress_some(std::size_t most) = 0;
  };

  explicit CompressionQueue(net::EventLoop& loop) : loop_(loop) {}
  CompressionQueue(const CompressionQueue&) = delete;
  CompressionQueue& operator=(const CompressionQueue&) = delete;
  ~CompressionQueue() override = default;

  /// Whether so many bytes may be compressed now. They count for this turn then.
  [[nodiscard]] bool take(std::size_t bytes);

  /// `body` has its turn when those before it have had theirs. It must not be in the queue.
  void add(Body& body);

  /// `body`, which is in the queue, is going away.
  void remove(Body& body);

 private:
  void run_at_turn_end() override;

  net::EventLoop& loop_;
  std::deque<Body*> bodies_;
  /// Bytes compressed in this turn.
  std::size_t spent_ = 0;
};

}  // namespace millrace::gateway
