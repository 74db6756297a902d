// The invocations of a pool that wait for a worker, in the order of their coming. The queue has a
// bound; each that waits knows its place, so that one whose client leaves is taken out at once.
#pragma once

#include <cstddef>
#include <list>

#include "net/timer.hpp"
#include "workers/invocation.hpp"

namespace millrace::workers {

/// Knows time only as the argument. Belongs to the loop's thread; what waits in it is removed before
/// it is destroyed.
class InvocationQueue {
 public:
  /// At most `bound` wait.
  explicit InvocationQueue(std::size_t bound) : bound_(bound) {}
  InvocationQueue(const InvocationQueue&) = delete;
  InvocationQueue& operator=(const InvocationQueue&) = delete;
  ~InvocationQueue() = default;

  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] bool full() const { return waiting_.size() >= bound_; }
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

  /// Not when it is full().
  void add(Invocation& invocation, net::Clock::time_point now) {
    const auto place = waiting_.insert(waiting_.end(), &invocation);
    invocation.wait({.queue = this, .place = place, .since = now});
  }

  /// The one that waits the longest. Not when it is empty().
  [[nodiscard]] Invocation& front() { return *waiting_.front(); }
  /// Since when that one waits.
  [[nodiscard]] net::Clock::time_point oldest() const { return waiting_.front()->waiting()->since; }

  /// Takes out one that waits here.
  void remove(Invocation& invocation) {
    waiting_.erase(invocation.waiting()->place);
    invocation.leave_queue();
  }

  /// Takes it out and tells its requester, who may destroy it.
  void fail(Invocation& invocation, Failure failure) {
    remove(invocation);
    invocation.fail(failure);
  }

 private:
  std::size_t bound_;
  std::list<Invocation*> waiting_;
};

}  // namespace millrace::workers
