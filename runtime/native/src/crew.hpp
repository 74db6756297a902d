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
#include "runner.hpp"

namespace millrace::native {

class Crew final : public Runner {
 public:
  /// Starts `threads` threads. `out` is flushed when there is nothing more to do at once.
  Crew(std::size_t threads, Outbox& out);
  /// Ends the threads and waits for them: for handlers that still run, for ever.
  ~Crew() override;

  /// Queues calls. Any thread.
  void run(std::vector<std::shared_ptr<NativeCall>>& calls) override;

  /// Runs `sign` in each thread that is not held by a handler, as soon as it is free. Any thread.
  void ask_for_sign(const std::function<void()>& sign) override;

  /// Whether a call waits though a thread has said that it is idle. That one may since be held by a
  /// task that it went on with, which nobody is told of: then wake_another() after a moment. Any
  /// thread.
  [[nodiscard]] bool may_be_stuck();
  void wake_another();

  [[nodiscard]] std::chrono::nanoseconds take_longest_turn() override {
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
    MeasuredRun run;

    explicit Member(Outbox& out) : run(out) {}
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
