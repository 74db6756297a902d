// CompressionQueue keeps the compression of response bodies from delaying other requests: the loop
// itself compresses a bounded number of bytes each turn, and longer bodies go, one piece per body in
// round-robin order, to threads.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>

#include "gateway/compression_threads.hpp"
#include "net/event_loop.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread. The loop outlives it.
class CompressionQueue final : private net::TurnTask {
 public:
  /// The longest piece of a body that is compressed at once.
  static constexpr std::size_t kPiece = std::size_t{64} * 1024;
  /// The bytes that the loop compresses in one turn; without threads, one more piece is allowed where
  /// bodies wait.
  static constexpr std::size_t kTurn = 2 * kPiece;
  /// The longest body that the loop compresses at once where there are threads: about as much work as
  /// passing it to one.
  static constexpr std::size_t kAtOnce = std::size_t{16} * 1024;

  /// A body with bytes that wait to be compressed.
  class Body : public CompressionThreads::Owner {
   public:
    /// Returns the next piece of `most` bytes or, where the body cannot be split, of kPiece at most.
    /// on_piece() follows. Called once for each add().
    [[nodiscard]] virtual std::unique_ptr<CompressionPiece> take_piece(std::size_t most) = 0;
  };

  /// `threads`: how many pieces are compressed at the same time beside the loop. 0: the loop
  /// compresses everything.
  explicit CompressionQueue(net::EventLoop& loop, std::size_t threads = 0);
  CompressionQueue(const CompressionQueue&) = delete;
  CompressionQueue& operator=(const CompressionQueue&) = delete;
  ~CompressionQueue() override = default;

  /// Returns whether `bytes` can be compressed now, and if so counts them towards this turn.
  [[nodiscard]] bool take(std::size_t bytes);

  /// Appends `body`, which must not be in the queue, nor a piece of it with a thread.
  void add(Body& body);

  /// Removes `body`, which is in the queue or has a piece with a thread.
  void remove(Body& body);

 private:
  void run_at_turn_end() override;
  /// Passes waiting pieces to idle threads.
  void pass_on();
  /// Compresses a piece of the first body and returns its size.
  std::size_t compress_first(std::size_t most);

  net::EventLoop& loop_;
  std::deque<Body*> bodies_;
  /// Bytes that the loop has compressed in this turn.
  std::size_t spent_ = 0;
  std::optional<CompressionThreads> threads_;
};

}  // namespace millrace::gateway
