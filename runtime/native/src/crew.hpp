// Crew is the threads of a worker that run handlers. Calls wait in one queue that all of them take
// from, so a handler that blocks holds up its own thread and nobody else; a task stays on the thread
// that took its call.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "native_call.hpp"
#include "outbox.hpp"

namespace millrace::native {

class Crew {
 public:
  /// Starts `threads` threads. `out` is flushed when there is nothing more to do at once.
  Crew(std::size_t threads, Outbox& out);
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  /// Ends the threads and waits for them: for handlers that still run, for ever.
  ~Crew();

  /// Queues calls; the vector is left empty. Any thread.
  void run(std::vector<std::shared_ptr<NativeCall>>& calls);

  /// Runs `sign` in each thread that is not held by a handler, as soon as it is free. Any thread.
  void ask_for_sign(const std::function<void()>& sign);

  /// The longest time in which one handler has held a thread since the last question.
  [[nodiscard]] std::chrono::nanoseconds take_longest_turn() {
    return std::chrono::nanoseconds(longest_turn_.exchange(0));
  }

 private:
  struct Member {
    boost::asio::io_context loop{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{
        loop.get_executor()};
    /// Guarded by the queue's mutex.
    bool idle = false;
    std::thread thread;
    unsigned calls = 0;
  };

  void work(Member& member);
  [[nodiscard]] std::shared_ptr<NativeCall> take(Member& member);
  void run_call(Member& member, const std::shared_ptr<NativeCall>& call);
  /// With the mutex held.
  void wake_one();

  Outbox& out_;
  std::mutex mutex_;
  std::deque<std::shared_ptr<NativeCall>> queue_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::int64_t> longest_turn_{0};
  std::vector<std::unique_ptr<Member>> members_;
};

}  // namespace millrace::native
