// Invocation is one use of a route by a request, from its dispatch to the end of the response, and
// the requester's handle on it. It waits in the pool's queue, then becomes a stream of one worker.
// The requester receives the response through an observer and has no access to the worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "link/frame.hpp"
#include "net/timer.hpp"
#include "workers/deadlines.hpp"
#include "workers/request_tag.hpp"

namespace millrace::workers {

class Invocation;
class InvocationQueue;
struct OpenStream;

/// Why an invocation has no complete response.
enum class Failure : std::uint8_t {
  /// The worker ended, or violated the protocol, while the invocation was in flight.
  worker_died,
  /// The handler failed after its response had begun (the worker sent abort).
  handler_failed,
  /// The queue is full, the worker has reached its limit of streaming responses, or the server is
  /// shutting down.
  unavailable,
  /// The routes it was matched against no longer exist: match again.
  stale_generation,
  /// The route ran longer than its `maxDuration`.
  deadline,
  /// The worker has closed its tunnel. What it has sent before was passed on.
  tunnel_closed,
};

/// Runs invocations as streams: those of one worker, or of a test. It calls Invocation::open() for
/// each invocation that it accepts, the observer while the stream is open, and Invocation::close()
/// when the stream has ended. Belongs to the loop's thread; must outlive its open invocations.
class StreamHost {
 public:
  StreamHost() = default;
  StreamHost(const StreamHost&) = delete;
  StreamHost& operator=(const StreamHost&) = delete;
  virtual ~StreamHost() = default;

  /// Returns how many bytes of the request's body it accepts now.
  [[nodiscard]] virtual std::size_t body_credit(const OpenStream& stream) const = 0;
  /// Sends at most body_credit() bytes of the request's body; `end` marks the last.
  virtual void send_body(OpenStream& stream, std::string_view bytes, bool end) = 0;
  /// The requester has consumed `bytes` bytes of the response's body.
  virtual void consumed(OpenStream& stream, std::size_t bytes) = 0;
  /// The requester aborts: closes the invocation without a call of the observer.
  virtual void abort(Invocation& invocation, link::AbortReason reason) = 0;
  /// The tunnel is to be closed soon, by the worker.
  virtual void drain(OpenStream& stream) = 0;
  /// Its deadline has passed: closes it and reports Failure::deadline to the requester.
  virtual void expire(Invocation& invocation, net::Clock::time_point now) = 0;
};

/// What a worker was sent of an invocation and had not read when it was taken back: the next worker
/// gets the same.
struct SentBefore {
  /// The frame `invoke`, with its head; the number of the stream in it no longer counts.
  std::string invoke;
  std::string body;
  /// The body is complete.
  bool ended = false;
};

/// A host's state of an open stream. It is part of the invocation, so that opening a stream
/// allocates nothing.
struct OpenStream {
  StreamHost* host = nullptr;
  std::uint64_t number = 0;
  /// Where its first frame is among the bytes sent to the worker; see Channel::written().
  std::uint64_t place = 0;
  /// When it was opened.
  net::Clock::time_point since{};
  /// Body bytes the server may still send.
  std::size_t send_credit = 0;
  /// Body bytes the worker may still send.
  std::size_t receive_credit = 0;
  /// Consumed bytes for which no new credit has been granted yet.
  std::size_t ungranted = 0;
  /// The worker has sent a frame of it, so it has read it, or says so.
  bool known = false;
  /// The complete request has been sent to the worker.
  bool request_ended = false;
  bool response_begun = false;
  /// The worker has accepted the upgrade: bytes pass in both directions, and each side ends its own.
  bool tunnel = false;
  /// The worker has ended its side of the tunnel.
  bool tunnel_ended = false;
  /// Since when it counts as a streaming response (WorkerStreams::streaming()) or as a tunnel, if
  /// it does.
  std::optional<net::Clock::time_point> streaming_since = std::nullopt;
};

/// Owned by the requester, pinned in memory, used once. Belongs to the loop's thread.
class Invocation {
 public:
  /// Called from the loop, never inside a call of the invocation or of Pool::dispatch. May destroy
  /// the invocation.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// The response's head, with the first bytes of the body. Called once, before any on_body().
    /// The fields are validated. Body bytes count as consumed only when consumed() is called.
    virtual void on_response(const link::ResponseView& response, bool end) = 0;
    virtual void on_body(std::string_view bytes, bool end) = 0;

    /// Instead of on_response(), for a request that offers an upgrade: the worker accepts it with
    /// these fields, which are validated. From now on both bodies are the bytes of a tunnel, which
    /// is over when both sides have ended.
    virtual void on_upgrade(std::string_view /*fields*/) {}

    /// Before on_response() or on_upgrade(), any number of times: the fields of a 103 (Early Hints)
    /// response (RFC 8297), which are validated.
    virtual void on_inform(std::string_view /*fields*/) {}

    /// A worker has taken the invocation, or granted credit: send_body() may continue.
    virtual void on_writable() = 0;

    /// The invocation has failed and nothing follows. Excludes a call with `end`.
    virtual void on_failed(Failure failure) = 0;
  };

  explicit Invocation(Observer& observer) : observer_(observer) {}
  Invocation(const Invocation&) = delete;
  Invocation& operator=(const Invocation&) = delete;
  /// Aborts an invocation that is still open, as if the client had gone.
  ~Invocation() { abort(link::AbortReason::client_gone); }

  /// The request. If Pool::dispatch() returns `queued`, its views must stay valid until the first
  /// call of the observer; otherwise only during dispatch(). When it is taken back from a worker,
  /// they point to its own copy.
  link::InvokeView request;
  /// Whether a body follows with send_body(). False for a request that offers an upgrade.
  bool has_body = false;
  /// Identifies the request in the log; must stay valid as long as the invocation is active.
  RequestTag tag;

  /// Returns how long it has waited until a worker took it; nullopt where none has.
  [[nodiscard]] const std::optional<net::Clock::duration>& waited() const { return waited_; }

  /// Returns how many body bytes may be sent now; 0 while it waits for a worker, or for the worker
  /// to read its link.
  [[nodiscard]] std::size_t body_credit() const;

  /// Sends at most body_credit() bytes of the body. Does nothing after the end of the response.
  void send_body(std::string_view bytes, bool end);

  /// The requester has consumed `bytes` bytes of the response's body; the worker may send more.
  void consumed(std::size_t bytes);

  /// Asks the worker to close the tunnel soon. Does nothing unless it is one.
  void drain();

  /// Aborts it in any state; no call of the observer follows.
  void abort(link::AbortReason reason);

  /// Returns whether it is queued or in flight.
  [[nodiscard]] bool active() const {
    return std::holds_alternative<Waiting>(state_) || std::holds_alternative<OpenStream>(state_);
  }

  // The rest is for the queue and the host; requesters must not call it.

  /// It waits for a worker.
  struct Waiting {
    InvocationQueue* queue = nullptr;
    std::list<Invocation*>::iterator place;
    net::Clock::time_point since{};
  };

  [[nodiscard]] Observer& observer() { return observer_; }

  void wait(const Waiting& waiting) { state_ = waiting; }
  /// Returns null unless it is queued.
  [[nodiscard]] const Waiting* waiting() const { return std::get_if<Waiting>(&state_); }
  /// It has left the queue and is not open yet.
  void leave_queue() { state_ = Unused{}; }

  /// A worker takes it from the queue at `now`; called before it leaves the queue.
  void take(net::Clock::time_point now) { waited_ = now - waiting()->since; }
  /// It is now stream `number` of `host`, with the initial credit.
  void open(StreamHost& host, std::uint64_t number);
  /// Returns null unless it is open.
  [[nodiscard]] OpenStream* stream() { return std::get_if<OpenStream>(&state_); }
  /// The worker has not read anything of it, and never will: it can be opened again, with what it
  /// was sent before. Removes its deadline.
  void take_back(SentBefore sent);
  /// Returns null unless it was taken back. The part for the body is moved from when it is sent.
  [[nodiscard]] SentBefore* sent_before() { return sent_before_.get(); }
  /// Returns whether a body follows that has not been sent to its end.
  [[nodiscard]] bool wants_body() const {
    return has_body && (!sent_before_ || !sent_before_->ended);
  }
  /// Returns whether it was taken back after some of its body was sent.
  [[nodiscard]] bool has_sent_body() const {
    return has_body && sent_before_ && (sent_before_->ended || !sent_before_->body.empty());
  }
  /// Returns how often it was taken back.
  [[nodiscard]] int times_taken_back() const { return times_taken_back_; }
  /// Its stream has ended, or it will not get one. Removes its deadline.
  void close();
  /// Closes it and notifies the requester, which may destroy it.
  void fail(Failure failure);

  /// It has no deadline any more.
  void clear_deadline();
  /// Sets its deadline; it is removed from `deadlines` when it is closed.
  void set_deadline(Deadlines& deadlines, net::Clock::time_point when);

 private:
  struct Unused {};
  struct Over {};

  Observer& observer_;
  std::variant<Unused, Waiting, OpenStream, Over> state_;
  std::optional<net::Clock::duration> waited_;
  /// Contains its deadline; null if it has none.
  Deadlines* deadlines_ = nullptr;
  Deadlines::Place deadline_;
  std::unique_ptr<SentBefore> sent_before_;
  int times_taken_back_ = 0;
};

}  // namespace millrace::workers
