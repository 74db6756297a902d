// CompressingTransport stands between an exchange and its transport and compresses what is worth it
// for a client that asks, as `next start` does (next.config's `compress`). Others pay for one look
// at the answer's type. Long bodies, and short ones when the turn has had its share, wait for their
// turns in the CompressionQueue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/memory_budget.hpp"
#include "gateway/compression_queue.hpp"
#include "gateway/transport.hpp"
#include "http/compression.hpp"
#include "http/request_parser.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread. What waits to be compressed counts as unsent: who sends no more than
/// a window before unsent() is 0 again keeps what waits below that window. Of what is compressed no
/// more than a piece waits for the client. After a call with `end`
/// the exchange may live on until the rest has been compressed; unsent() is not 0 until then.
class CompressingTransport final : public Transport, private CompressionQueue::Body {
 public:
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// All that was given has been compressed and has left, and more is expected. May destroy the
    /// transport.
    virtual void on_compressed() = 0;
  };

  /// All outlive it.
  /// `memory`: counts what waits. Where half of it is used nothing more is compressed: a compressor holds
  /// memory for as long as its client reads.
  CompressingTransport(Transport& inner, const http::RequestHead& request, CompressionQueue& queue,
                       const std::shared_ptr<base::MemoryBudget>& memory, Observer& observer)
      : inner_(inner),
        request_(request),
        queue_(queue),
        observer_(observer),
        memory_(*memory),
        share_(memory) {}
  ~CompressingTransport() override;

  /// Off until called.
  void enable() { enabled_ = true; }

  /// Whether a response has begun.
  [[nodiscard]] bool begun() const { return begun_; }

  /// Bytes that wait to be compressed.
  [[nodiscard]] std::size_t held_bytes() const { return waiting(); }

  /// The client has taken what was sent: the next piece has its turn. False where nothing waits.
  bool go_on();

  // Transport
  void send_response(const http::ResponseHead& head, std::string_view body, bool end) override;
  void send_head(const http::ResponseHead& head, std::uint64_t length) override;
  void send_body(std::string_view bytes, bool end) override;
  [[nodiscard]] std::size_t unsent() const override { return waiting() + inner_.unsent(); }
  void want_body() override { inner_.want_body(); }
  void cut() override { inner_.cut(); }

 private:
  /// The head of a short body that waits whole, so that its length is known when it leaves.
  struct HeldHead {
    std::uint16_t status;
    std::string reason;
    std::string fields;
  };

  /// Decides on the coding, for a body of `length` bytes where that is known, and leaves in `fields`
  /// the answer's fields as they are to be sent. False where they stay as they are.
  [[nodiscard]] bool prepare(std::string_view given, std::optional<std::uint64_t> length,
                             std::string& fields);
  [[nodiscard]] std::size_t waiting() const { return copied_.size() - copied_taken_; }
  /// Whether a piece can be compressed now.
  [[nodiscard]] bool has_turn(std::size_t size);
  void wait(std::string_view bytes, bool end);
  void queue_up();
  /// The next bytes of those that wait. Valid until the next wait().
  [[nodiscard]] std::string_view take(std::size_t size);
  std::size_t compress_some(std::size_t most) override;

  Transport& inner_;
  const http::RequestHead& request_;
  CompressionQueue& queue_;
  Observer& observer_;
  base::MemoryBudget& memory_;
  /// Of copied_.
  base::MemoryBudget::Share share_;
  bool enabled_ = false;
  bool begun_ = false;
  /// While a compressed body is under way.
  std::optional<http::Compressor> compressor_;
  std::optional<HeldHead> head_;
  /// What waits. Where `ended_`, nothing follows.
  std::string copied_;
  std::size_t copied_taken_ = 0;
  bool ended_ = false;
  bool queued_ = false;
};

}  // namespace millrace::gateway
