// WorkerStreams is the invocations inside one worker, each a stream of its link: it opens them,
// sends and receives their bodies with credit in both directions, and ends them. Streams whose
// responses go on for long are counted apart from those that wait for their handlers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "link/frame.hpp"
#include "net/timer.hpp"
#include "workers/channel.hpp"
#include "workers/crash_report.hpp"
#include "workers/invocation.hpp"
#include "workers/stream_table.hpp"
#include "workers/watchdog.hpp"

namespace millrace::workers {

struct StreamLimits {
  /// The most responses that may be streaming() at a time; more are refused.
  std::size_t streaming = std::numeric_limits<std::size_t>::max();
  /// The number of the first stream; tests begin near an end.
  std::uint64_t first = 1;
};

/// Trusts nothing that the worker sends. Belongs to the loop's thread.
class WorkerStreams final : public StreamHost {
 public:
  /// Hears of the streams, from the loop and from calls of invocations' requesters.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// The worker has room for one more invocation, or answers again after a silence.
    virtual void on_room() = 0;
    /// The response of an invocation of that generation and route has begun.
    virtual void on_response_begun(std::uint32_t generation, std::uint32_t route) = 0;
  };

  /// The references outlive the streams.
  WorkerStreams(Channel& channel, StreamLimits limits, Watchdog& watchdog, CrashReport& report,
                Observer& observer)
      : channel_(channel),
        watchdog_(watchdog),
        report_(report),
        observer_(observer),
        most_streaming_(limits.streaming),
        next_(limits.first) {}

  /// Opens a stream for `invocation`, whose payload fits a frame. Only while there are left().
  void open(Invocation& invocation, net::Clock::time_point now);

  /// A `response`, `body`, `end`, `credit` or `abort`. False where it breaks the protocol.
  [[nodiscard]] bool on_frame(const link::Frame& frame);

  /// The worker has read what waited for it: requesters may send on.
  void tell_writable();

  /// The worker is lost: tells the requesters, after the report.
  void fail_all();

  /// Returns how many invocations are inside.
  [[nodiscard]] std::size_t size() const { return table_.size(); }
  /// Returns how many of them have sent their whole request and have a response that has begun and
  /// goes on: event streams, and long bodies on their way.
  [[nodiscard]] std::size_t streaming() const { return streaming_; }
  /// Returns how many wait for their response to begin.
  [[nodiscard]] std::size_t working() const { return table_.size() - streaming_; }
  [[nodiscard]] bool streaming_full() const { return streaming_ >= most_streaming_; }
  /// Returns how many invocations can be opened before the numbers end.
  [[nodiscard]] std::uint64_t left() const { return protocol::kMaxStream + 1 - next_; }
  /// Returns how many invocations there have been so far.
  [[nodiscard]] std::uint64_t opened() const { return opened_; }

 private:
  // StreamHost
  [[nodiscard]] std::size_t body_credit(const OpenStream& stream) const override;
  void send_body(OpenStream& stream, std::string_view bytes, bool end) override;
  void consumed(OpenStream& stream, std::size_t bytes) override;
  void abort(Invocation& invocation, link::AbortReason reason) override;
  void expire(Invocation& invocation, net::Clock::time_point now) override;

  bool on_response(Invocation& invocation, const link::Frame& frame);
  bool on_body(Invocation& invocation, std::string_view bytes, bool end);
  static bool on_credit(Invocation& invocation, const link::Frame& frame);
  [[nodiscard]] bool begin_streaming(OpenStream& stream);
  void close(Invocation& invocation);

  Channel& channel_;
  Watchdog& watchdog_;
  CrashReport& report_;
  Observer& observer_;
  std::size_t most_streaming_;
  StreamTable table_;
  std::uint64_t next_;
  std::uint64_t opened_ = 0;
  std::size_t streaming_ = 0;
};

}  // namespace millrace::workers
