// Where an invocation is, as it sees that itself: the queue in which it waits, then the runner that
// has it inside. Pools and workers are these; tests stand in for them to play every part of a
// response without a process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "link/frame.hpp"
#include "net/timer.hpp"
#include "workers/invocation.hpp"

namespace millrace::workers {

/// Belongs to the loop's thread. Outlives the invocations that wait in it.
class InvocationQueue {
 public:
  InvocationQueue() = default;
  InvocationQueue(const InvocationQueue&) = delete;
  InvocationQueue& operator=(const InvocationQueue&) = delete;
  virtual ~InvocationQueue() = default;

  /// `invocation`, which waits here, leaves: its requester has ended it.
  virtual void withdraw(Invocation& invocation) = 0;

 protected:
  /// `invocation` waits here from now on.
  void admit(Invocation& invocation);
  /// It waits here no more, and may be given to a runner.
  static void release(Invocation& invocation);
  /// It waits here no more, and its requester hears why: the invocation may be gone afterwards.
  static void fail(Invocation& invocation, Failure failure);
};

/// Belongs to the loop's thread. Outlives the invocations inside it.
class InvocationRunner {
 public:
  InvocationRunner() = default;
  InvocationRunner(const InvocationRunner&) = delete;
  InvocationRunner& operator=(const InvocationRunner&) = delete;
  virtual ~InvocationRunner() = default;

  /// Whether it takes what it is sent too slowly to be given more now.
  [[nodiscard]] virtual bool congested() const = 0;
  /// Takes a piece of a request's body, protocol::kMaxBodyChunk bytes at most.
  virtual void send_body(std::uint64_t stream, std::string_view bytes, bool end) = 0;
  /// The whole request has been sent.
  virtual void request_ended(Invocation& invocation) = 0;
  /// So many bytes more of the response's body may come.
  virtual void grant_credit(std::uint64_t stream, std::uint32_t bytes) = 0;
  /// The invocation, which is inside, ends from the requester's side.
  virtual void abort_stream(Invocation& invocation, link::AbortReason reason) = 0;
  /// It ends because its route ran too long: the requester hears `deadline`.
  virtual void expire(Invocation& invocation, net::Clock::time_point now) = 0;

 protected:
  /// `invocation` is inside from now on, with the link's first credit in both directions.
  void open(Invocation& invocation, std::uint64_t stream);
  /// It is inside no more. Its requester has heard, or is about to hear, why.
  static void close(Invocation& invocation);
  /// So many bytes more of the request's body may be sent; false where that is more than the link's
  /// window.
  [[nodiscard]] static bool add_send_credit(Invocation& invocation, std::size_t bytes);
  /// So many bytes of the response's body have come; false where there was no credit for them.
  [[nodiscard]] static bool take_receive_credit(Invocation& invocation, std::size_t bytes);
  /// Who hears of its response.
  [[nodiscard]] static Invocation::Observer& requester_of(Invocation& invocation);
};

}  // namespace millrace::workers
