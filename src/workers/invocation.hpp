// Invocation is one request's use of a route, from its dispatch to the response's end: the
// requester's hold on it. It waits in the pool's queue, then lives as a stream of one worker; the
// requester hears the response through an observer and never sees the worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string_view>
#include <variant>

#include "link/frame.hpp"
#include "net/timer.hpp"
#include "workers/deadlines.hpp"

namespace millrace::workers {

class Invocation;
class InvocationQueue;
struct OpenStream;

/// Why an invocation got no complete response.
enum class Failure : std::uint8_t {
  /// The worker ended, or broke the protocol, with the invocation inside it.
  worker_died,
  /// The handler gave up after it had begun (the worker sent abort).
  handler_failed,
  /// The queue is full, the worker streams as many responses as it may, or the server is shutting
  /// down.
  unavailable,
  /// The routes it was matched against are gone: match again.
  stale_generation,
  /// The route ran longer than its `maxDuration`.
  deadline,
};

/// Runs invocations as streams: one worker's, or a test's. It calls Invocation::open() for each
/// that it takes, Invocation::close() when the stream has ended, and the observer in between.
/// Belongs to the loop's thread; outlives its open invocations.
class StreamHost {
 public:
  StreamHost() = default;
  StreamHost(const StreamHost&) = delete;
  StreamHost& operator=(const StreamHost&) = delete;
  virtual ~StreamHost() = default;

  /// Bytes of the request's body that it takes now.
  [[nodiscard]] virtual std::size_t body_credit(const OpenStream& stream) const = 0;
  /// At most body_credit() bytes of the request's body, and whether they are the last.
  virtual void send_body(OpenStream& stream, std::string_view bytes, bool end) = 0;
  /// The requester is done with so many bytes of the response's body.
  virtual void consumed(OpenStream& stream, std::size_t bytes) = 0;
  /// The requester gives up: closes the invocation, without a call of the observer.
  virtual void abort(Invocation& invocation, link::AbortReason reason) = 0;
  /// Its deadline has passed: closes it, the requester hears Failure::deadline.
  virtual void expire(Invocation& invocation, net::Clock::time_point now) = 0;
};

/// The state that a host keeps for an open stream. It lies in the invocation, so that opening one
/// allocates nothing.
struct OpenStream {
  StreamHost* host = nullptr;
  std::uint64_t number = 0;
  /// Body bytes the server may still send.
  std::size_t send_credit = 0;
  /// Body bytes the worker may still send.
  std::size_t receive_credit = 0;
  /// Consumed bytes not yet granted again.
  std::size_t ungranted = 0;
  /// The whole request is on its way to the worker.
  bool request_ended = false;
  bool response_begun = false;
  /// Since when it is counted among the streaming responses (WorkerStreams::streaming()), if it is.
  std::optional<net::Clock::time_point> streaming_since = std::nullopt;
};

/// Owned by the requester, pinned in memory, used once. Belongs to the loop's thread.
class Invocation {
 public:
  /// Called from the loop, never from inside a call to the invocation or to Pool::dispatch.
  /// May destroy the invocation.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// The head, with the first bytes of the body. Once, before any on_body. The fields are
    /// validated. Body bytes count as consumed only when consumed() says so.
    virtual void on_response(const link::ResponseView& response, bool end) = 0;
    virtual void on_body(std::string_view bytes, bool end) = 0;

    /// A worker has taken the invocation, or granted credit: send_body() may go on.
    virtual void on_writable() = 0;

    /// Nothing follows. At most one of this and an `end`.
    virtual void on_failed(Failure failure) = 0;
  };

  explicit Invocation(Observer& observer) : observer_(observer) {}
  Invocation(const Invocation&) = delete;
  Invocation& operator=(const Invocation&) = delete;
  /// Aborts what is still open, as a client that has gone.
  ~Invocation() { abort(link::AbortReason::client_gone); }

  /// The request. Where Pool::dispatch says `queued`, its views must stay valid until the first
  /// call of the observer; else only during that call.
  link::InvokeView request;
  /// Whether body follows by send_body().
  bool has_body = false;

  /// Body bytes that may be sent now; 0 while it waits for a worker, or for one to read its link.
  [[nodiscard]] std::size_t body_credit() const;

  /// Sends at most body_credit() bytes of body. After the response's end it does nothing.
  void send_body(std::string_view bytes, bool end);

  /// The requester is done with so many bytes of the response's body; the worker may send more.
  void consumed(std::size_t bytes);

  /// Ends it from this side, in whatever state; no observer call follows.
  void abort(link::AbortReason reason);

  /// Whether it waits or runs.
  [[nodiscard]] bool active() const {
    return std::holds_alternative<Waiting>(state_) || std::holds_alternative<OpenStream>(state_);
  }

  // The rest is for who serves the invocation: the queue and the host. Requesters call none of it.

  /// It waits for a worker.
  struct Waiting {
    InvocationQueue* queue = nullptr;
    std::list<Invocation*>::iterator place;
    net::Clock::time_point since{};
  };

  [[nodiscard]] Observer& observer() { return observer_; }

  void wait(const Waiting& waiting) { state_ = waiting; }
  /// Null unless it waits.
  [[nodiscard]] const Waiting* waiting() const { return std::get_if<Waiting>(&state_); }
  /// It has left the queue, and has no place yet.
  void leave_queue() { state_ = Unused{}; }

  /// It runs as that stream of `host` from now on, with the credit that a stream begins with.
  void open(StreamHost& host, std::uint64_t number);
  /// Null unless it is open.
  [[nodiscard]] OpenStream* stream() { return std::get_if<OpenStream>(&state_); }
  /// Its stream has ended, or it is not to get one. Its deadline is dropped.
  void close();
  /// Closes it and tells the requester, who may destroy it.
  void fail(Failure failure);

  /// It may run until then; it is removed from `deadlines` when it is closed.
  void set_deadline(Deadlines& deadlines, net::Clock::time_point when);

 private:
  struct Unused {};
  struct Over {};

  Observer& observer_;
  std::variant<Unused, Waiting, OpenStream, Over> state_;
  /// Holds its deadline; null where it has none.
  Deadlines* deadlines_ = nullptr;
  Deadlines::Place deadline_;
};

}  // namespace millrace::workers
