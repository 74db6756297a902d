// Invocation is one request's use of a route, from its dispatch to the response's end: the
// requester's hold on it. It waits in the pool's queue, then lives as a stream of one worker; the
// requester hears the response through an observer and never sees the worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string_view>

#include "link/frame.hpp"
#include "net/timer.hpp"
#include "workers/deadlines.hpp"

namespace millrace::workers {

class InvocationQueue;
class InvocationRunner;
class Pool;
class WorkerHandle;

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
  [[nodiscard]] bool active() const { return state_ == State::queued || state_ == State::open; }

 private:
  friend class InvocationQueue;
  friend class InvocationRunner;
  friend class Pool;
  friend class WorkerHandle;

  enum class State : std::uint8_t { unused, queued, open, over };

  void drop_deadline();

  Observer& observer_;
  State state_ = State::unused;
  bool response_begun_ = false;
  /// The whole request is on its way to the worker.
  bool request_ended_ = false;
  /// It is counted apart; see WorkerHandle::streaming().
  bool streaming_ = false;
  /// Set while queued.
  InvocationQueue* queue_ = nullptr;
  std::list<Invocation*>::iterator queue_place_;
  net::Clock::time_point queued_at_{};
  /// Where its deadline stands, null where it has none.
  Deadlines* deadlines_ = nullptr;
  Deadlines::Place deadline_;
  /// Set while open.
  InvocationRunner* runner_ = nullptr;
  std::uint64_t stream_ = 0;
  /// Body bytes we may still send.
  std::size_t send_credit_ = 0;
  /// Body bytes the worker may still send.
  std::size_t receive_credit_ = 0;
  /// Consumed bytes not yet granted again.
  std::size_t ungranted_ = 0;
};

}  // namespace millrace::workers
