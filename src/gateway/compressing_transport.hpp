// CompressingTransport sits between an exchange and its transport. It compresses responses of
// compressible types for clients that accept it, as `next start` does (`compress` in next.config).
// Other responses cost one look at their Content-Type. Long bodies, and short ones once the turn's
// budget is spent, wait in the CompressionQueue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/memory_budget.hpp"
#include "gateway/compression_options.hpp"
#include "gateway/compression_queue.hpp"
#include "gateway/transport.hpp"
#include "http/compression.hpp"
#include "http/request_parser.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread. Bytes that wait to be compressed count as unsent: a sender that
/// sends at most a window before unsent() is 0 again keeps the waiting bytes below that window. At
/// most one piece of compressed output waits for the client. After a call with `end` the exchange
/// may live on until the rest has been compressed; unsent() is not 0 until then.
class CompressingTransport final : public Transport, private CompressionQueue::Body {
 public:
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// All bytes have been compressed and sent, and the response is not complete. May destroy the
    /// transport.
    virtual void on_compressed() = 0;
  };

  /// All arguments outlive the transport. `memory` counts the bytes that wait, and the state of
  /// Brotli and Zstandard. Where more than a quarter of it is used, these two give way to gzip, and
  /// where more than half is used, no further response is compressed: a compressor holds memory for
  /// as long as its client reads.
  CompressingTransport(Transport& inner, const http::RequestHead& request, CompressionQueue& queue,
                       const std::shared_ptr<base::MemoryBudget>& memory, Observer& observer)
      : inner_(inner),
        request_(request),
        queue_(queue),
        observer_(observer),
        memory_(*memory),
        share_(memory),
        state_(memory) {}
  ~CompressingTransport() override;

  /// Turns compression on, or off with null, as it is until this is called. `options` stay valid
  /// until the response has begun or others are set.
  void set_options(const CompressionOptions* options) { options_ = options; }

  /// Whether the head has been passed to this transport.
  [[nodiscard]] bool begun() const { return begun_; }

  /// Bytes that wait to be compressed.
  [[nodiscard]] std::size_t held_bytes() const { return waiting(); }

  /// Queues the next piece once the client has taken the previous output. Returns false where no
  /// bytes wait.
  bool send_more();

  // Transport
  void send_response(const http::ResponseHead& head, std::string_view body, bool end) override;
  void send_head(const http::ResponseHead& head, std::uint64_t length) override;
  void send_body(std::string_view bytes, bool end) override;
  void send_early_hints(std::string_view fields) override { inner_.send_early_hints(fields); }
  void switch_protocols(std::string_view fields) override {
    begun_ = true;
    inner_.switch_protocols(fields);
  }
  void end_tunnel() override { inner_.end_tunnel(); }
  [[nodiscard]] std::size_t unsent() const override { return waiting() + inner_.unsent(); }
  void want_body() override { inner_.want_body(); }
  void cut() override { inner_.cut(); }

 private:
  /// The head of a short body that waits in full, so that the head can declare its compressed
  /// length.
  struct HeldHead {
    std::uint16_t status;
    std::string reason;
    std::string fields;
  };

  /// Decides on the content coding, for a body of `length` bytes where that is known, and writes
  /// the response's fields to `fields`. Returns false where `given` is to be sent unchanged.
  [[nodiscard]] bool prepare(std::string_view given, std::optional<std::uint64_t> length,
                             std::string& fields);
  [[nodiscard]] http::Coding coding_for(std::string_view given, std::string_view type,
                                        std::optional<std::uint64_t> length) const;
  /// Compresses the next bytes now. Returns false where memory is exhausted.
  [[nodiscard]] bool compress(std::string_view bytes, bool end, std::string& out);
  /// The bytes that wait, with those of the piece that is being compressed.
  [[nodiscard]] std::size_t waiting() const { return copied_.size() - copied_taken_ + in_work_; }
  /// Whether `size` bytes can be compressed now.
  [[nodiscard]] bool has_turn(std::size_t size);
  void enqueue(std::string_view bytes, bool end);
  void join_queue();
  std::unique_ptr<CompressionPiece> take_piece(std::size_t most) override;
  void on_piece(std::unique_ptr<CompressionPiece> piece) override;
  /// Counts the bytes that are held.
  void count();

  Transport& inner_;
  const http::RequestHead& request_;
  CompressionQueue& queue_;
  Observer& observer_;
  base::MemoryBudget& memory_;
  /// Counts copied_.
  base::MemoryBudget::Share share_;
  /// Counts the state of a compressor that may have megabytes of it.
  base::MemoryBudget::Share state_;
  /// Null: nothing is compressed.
  const CompressionOptions* options_ = nullptr;
  bool begun_ = false;
  /// Set while a compressed body is being sent; empty while a piece has the compressor.
  std::optional<http::Compressor> compressor_;
  bool counts_state_ = false;
  std::optional<HeldHead> head_;
  /// The bytes that wait. Where `ended_` is set, they are the end of the body.
  std::string copied_;
  std::size_t copied_taken_ = 0;
  bool ended_ = false;
  /// In the queue, or with a thread.
  bool queued_ = false;
  /// Bytes of the piece that is being compressed.
  std::size_t in_work_ = 0;
};

}  // namespace millrace::gateway
