// The invocations of a pool that wait for a worker, in order of arrival. The queue is bounded; each
// invocation knows its position, so that it can be removed at once if its client disconnects.
#pragma once

#include <cstddef>
#include <list>

#include "net/timer.hpp"
#include "workers/invocation.hpp"

namespace millrace::workers {

/// Gets the time only as an argument. Belongs to the loop's thread; invocations must be removed
/// before the queue is destroyed.
class InvocationQueue {
 public:
  /// At most `bound` invocations can wait.
  explicit InvocationQueue(std::size_t bound) : bound_(bound) {}
  InvocationQueue(const InvocationQueue&) = delete;
  InvocationQueue& operator=(const InvocationQueue&) = delete;
  ~InvocationQueue() = default;

  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] bool full() const { return waiting_.size() >= bound_; }
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

  /// Must not be called when the queue is full().
  void add(Invocation& invocation, net::Clock::time_point now) {
    const auto place = waiting_.insert(waiting_.end(), &invocation);
    invocation.wait({.queue = this, .place = place, .since = now});
  }

  /// Adds an invocation that was taken back from a worker, before all others, although the queue may
  /// be full. `since`: when it was given to the worker.
  void add_first(Invocation& invocation, net::Clock::time_point since) {
    const auto place = waiting_.insert(waiting_.begin(), &invocation);
    invocation.wait({.queue = this, .place = place, .since = since});
  }

  /// Returns whether it holds more than its bound.
  [[nodiscard]] bool overfull() const { return waiting_.size() > bound_; }
  /// Returns the invocation that was added last. Must not be called when the queue is empty().
  [[nodiscard]] Invocation& back() { return *waiting_.back(); }

  /// Returns the invocation that has waited longest. Must not be called when the queue is empty().
  [[nodiscard]] Invocation& front() { return *waiting_.front(); }
  /// Returns since when the first invocation has waited.
  [[nodiscard]] net::Clock::time_point oldest() const { return waiting_.front()->waiting()->since; }

  /// Removes an invocation that waits in this queue.
  void remove(Invocation& invocation) {
    waiting_.erase(invocation.waiting()->place);
    invocation.leave_queue();
  }

  /// Removes the invocation and notifies its requester, which may destroy it.
  void fail(Invocation& invocation, Failure failure) {
    remove(invocation);
    invocation.fail(failure);
  }

 private:
  std::size_t bound_;
  std::list<Invocation*> waiting_;
};

}  // namespace millrace::workers
