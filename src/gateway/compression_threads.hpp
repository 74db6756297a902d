// CompressionThreads compresses pieces of response bodies on a few threads of its own, so that the
// loop serves other requests meanwhile.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"
#include "http/compression.hpp"
#include "net/event_loop.hpp"
#include "net/readable_watch.hpp"

namespace millrace::gateway {

/// The next bytes of one body, with its compressor. Whoever has the piece is the only one to use
/// both.
struct CompressionPiece {
  http::Compressor compressor;
  std::string input;
  /// The body ends with this piece.
  bool end = false;
  /// Everything up to here can be decoded at once.
  bool flush = true;
  /// The result, where `good` is set; otherwise memory is exhausted.
  std::string output = {};
  bool good = false;

  void compress();
};

/// Belongs to the loop's thread, which outlives it. A thread begins when it is first needed.
class CompressionThreads {
 public:
  /// Whose piece it is.
  class Owner {
   public:
    Owner() = default;
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    virtual ~Owner() = default;

    /// The piece is compressed. May destroy the owner.
    virtual void on_piece(std::unique_ptr<CompressionPiece> piece) = 0;
  };

  /// Calls `on_room` from the loop when a thread has become idle, after the owner's on_piece().
  CompressionThreads(net::EventLoop& loop, std::size_t count, std::function<void()> on_room);
  CompressionThreads(const CompressionThreads&) = delete;
  CompressionThreads& operator=(const CompressionThreads&) = delete;
  /// Waits for the pieces in work, each of a few milliseconds.
  ~CompressionThreads();

  /// Whether a thread is idle.
  [[nodiscard]] bool has_room() const { return in_work_.size() < count_; }

  /// Compresses a piece on an idle thread, of which there must be one. Returns the piece where no
  /// thread can be begun.
  [[nodiscard]] std::unique_ptr<CompressionPiece> submit(std::unique_ptr<CompressionPiece> piece,
                                                         Owner& owner);

  /// The owner ends: its piece is dropped when it is compressed.
  void forget(Owner& owner);

 private:
  struct Shared;
  /// A piece that is with a thread.
  struct Work {
    CompressionPiece* piece;
    /// Null: forgotten.
    Owner* owner;
  };
  [[nodiscard]] bool begin_watch();
  [[nodiscard]] bool begin_thread();
  void take_results();

  net::EventLoop& loop_;
  std::size_t count_;
  std::function<void()> on_room_;
  std::shared_ptr<Shared> shared_;
  std::vector<std::thread> threads_;
  std::vector<Work> in_work_;
  /// While pieces are in work: a loop in which nothing else happens ends otherwise.
  std::optional<net::ReadableWatch> watch_;
};

}  // namespace millrace::gateway
