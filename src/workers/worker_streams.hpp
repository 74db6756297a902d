// WorkerStreams holds the invocations in flight in one worker, each a stream of its link: it opens
// them, sends and receives their bodies with credit in both directions, and closes them. Streams
// with long-running responses are counted separately from those that wait for their handlers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "link/frame.hpp"
#include "net/timer.hpp"
#include "workers/channel.hpp"
#include "workers/crash_report.hpp"
#include "workers/invocation.hpp"
#include "workers/stream_table.hpp"
#include "workers/watchdog.hpp"

namespace millrace::workers {

struct StreamLimits {
  /// The most responses that may be streaming() at a time; more are rejected.
  std::size_t streaming = std::numeric_limits<std::size_t>::max();
  /// The most tunnels() at a time; further upgrades are rejected.
  std::size_t tunnels = std::numeric_limits<std::size_t>::max();
  /// The number of the first stream; tests start near the end of the numbers.
  std::uint64_t first = 1;
};

/// Trusts nothing that the worker sends. Belongs to the loop's thread.
class WorkerStreams final : public StreamHost {
 public:
  /// Receives events of the streams, from the loop and from calls of invocations' requesters.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// The worker has room for one more invocation, or responds again after a silence.
    virtual void on_room() = 0;
    /// The response of an invocation of that generation and route has begun.
    virtual void on_response_begun(std::uint32_t generation, std::uint32_t route) = 0;
  };

  /// The references must outlive the streams.
  WorkerStreams(Channel& channel, StreamLimits limits, Watchdog& watchdog, CrashReport& report,
                Observer& observer)
      : channel_(channel),
        watchdog_(watchdog),
        report_(report),
        observer_(observer),
        limits_(limits),
        next_(limits.first) {}

  /// Opens a stream for `invocation`, whose payload must fit in a frame. Requires left() > 0.
  void open(Invocation& invocation, net::Clock::time_point now);

  /// Handles a `response`, `upgrade`, `inform`, `body`, `end`, `credit` or `abort`. Returns false if it violates the
  /// protocol.
  [[nodiscard]] bool on_frame(const link::Frame& frame);

  /// Keeps the tags of invocations that have ended from now on, for tag_of().
  void keep_tags() {
    if (!recent_) recent_ = std::make_unique<RecentTags>();
  }
  /// Returns the tag of the invocation with that stream, in flight or recently ended; nullopt where
  /// it is unknown or belongs to no client's request. Valid during this call from the loop.
  [[nodiscard]] std::optional<RequestTag> tag_of(std::uint64_t stream) const;

  /// The worker has read the frames that waited for it: requesters may send more.
  void notify_writable();

  /// Returns an invocation of which the worker has read nothing, or null if there is none or it
  /// cannot be told. Costs a system call.
  [[nodiscard]] const Invocation* unread() const;

  /// Takes the invocations back of which the worker has read nothing and which have not been taken
  /// back kMostTimes already. Returns them in the order in which they were opened, ready to be opened
  /// again, with when they were opened. What it does return, the worker never gets.
  struct TakenBack {
    Invocation* invocation = nullptr;
    net::Clock::time_point since;
  };
  [[nodiscard]] std::vector<TakenBack> take_back();
  /// So often an invocation may go from one worker to another.
  static constexpr int kMostTimes = 3;

  /// The worker is lost: records the invocations in the report, then fails them.
  void fail_all();

  /// Returns how many invocations are in flight.
  [[nodiscard]] std::size_t size() const { return table_.size(); }
  /// Returns how many of them have sent their complete request and have a response that has begun
  /// and not ended: event streams, and long bodies in transfer.
  [[nodiscard]] std::size_t streaming() const { return streaming_; }
  /// Returns how many are tunnels.
  [[nodiscard]] std::size_t tunnels() const { return tunnels_; }
  /// Returns how many are neither streaming nor tunnels.
  [[nodiscard]] std::size_t working() const { return table_.size() - streaming_ - tunnels_; }
  [[nodiscard]] bool streaming_full() const { return streaming_ >= limits_.streaming; }
  [[nodiscard]] bool tunnels_full() const { return tunnels_ >= limits_.tunnels; }
  /// Returns how many more invocations can be opened before the stream numbers are used up.
  [[nodiscard]] std::uint64_t left() const { return protocol::kMaxStream + 1 - next_; }
  /// Returns how many invocations have been opened so far.
  [[nodiscard]] std::uint64_t opened() const { return opened_; }
  /// Returns the number of the last stream that was opened.
  [[nodiscard]] std::uint64_t newest() const { return next_ - 1; }

 private:
  // StreamHost
  [[nodiscard]] std::size_t body_credit(const OpenStream& stream) const override;
  void send_body(OpenStream& stream, std::string_view bytes, bool end) override;
  void consumed(OpenStream& stream, std::size_t bytes) override;
  void abort(Invocation& invocation, link::AbortReason reason) override;
  void drain(OpenStream& stream) override;
  void expire(Invocation& invocation, net::Clock::time_point now) override;

  void send_again(Invocation& invocation);

  bool on_response(Invocation& invocation, const link::Frame& frame);
  bool on_upgrade(Invocation& invocation, const link::Frame& frame);
  static bool on_inform(Invocation& invocation, const link::Frame& frame);
  bool on_body(Invocation& invocation, std::string_view bytes, bool end);
  bool on_tunnelled(Invocation& invocation, std::string_view bytes, bool end);
  static bool on_credit(Invocation& invocation, const link::Frame& frame);
  [[nodiscard]] bool begin_streaming(OpenStream& stream);
  /// The stream has ended: it is counted no more.
  void uncount(const OpenStream& stream);
  void close(Invocation& invocation);

  Channel& channel_;
  Watchdog& watchdog_;
  CrashReport& report_;
  Observer& observer_;
  StreamLimits limits_;
  StreamTable table_;
  std::uint64_t next_;
  std::uint64_t opened_ = 0;
  std::size_t streaming_ = 0;
  std::size_t tunnels_ = 0;
  /// Null unless lines are to be attributed to requests that have ended.
  std::unique_ptr<RecentTags> recent_;
};

}  // namespace millrace::workers
