// CompressionQueue limits the time that the loop spends on compressing response bodies: each turn
// compresses a bounded number of bytes, one piece per body in round-robin order. Other requests
// therefore wait for at most a few milliseconds, whatever the number and length of the bodies.
#pragma once

#include <cstddef>
#include <deque>

#include "net/event_loop.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread. The loop outlives it.
class CompressionQueue final : private net::TurnTask {
 public:
  /// The longest piece of a body that is compressed at once.
  static constexpr std::size_t kPiece = std::size_t{64} * 1024;
  /// The bytes compressed in one turn; where bodies wait, one more piece is allowed.
  static constexpr std::size_t kTurn = 2 * kPiece;

  /// A body with bytes that wait to be compressed.
  class Body {
   public:
    Body() = default;
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;
    virtual ~Body() = default;

    /// Compresses the next piece and returns its size: `most` bytes or, where the body cannot be
    /// split, kPiece at most. May destroy the body. Called once for each add().
    virtual std::size_t compress_some(std::size_t most) = 0;
  };

  explicit CompressionQueue(net::EventLoop& loop) : loop_(loop) {}
  CompressionQueue(const CompressionQueue&) = delete;
  CompressionQueue& operator=(const CompressionQueue&) = delete;
  ~CompressionQueue() override = default;

  /// Returns whether `bytes` can be compressed now, and if so counts them towards this turn.
  [[nodiscard]] bool take(std::size_t bytes);

  /// Appends `body`, which must not be in the queue.
  void add(Body& body);

  /// Removes `body`, which is in the queue.
  void remove(Body& body);

 private:
  void run_at_turn_end() override;

  net::EventLoop& loop_;
  std::deque<Body*> bodies_;
  /// Bytes compressed in this turn.
  std::size_t spent_ = 0;
};

}  // namespace millrace::gateway
