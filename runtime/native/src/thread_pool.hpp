// ThreadPool runs handlers on the threads of a worker. Calls wait in one queue that all threads
// take from, so a handler that blocks delays only its own thread; a task stays on the thread that
// took its call.
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

class ThreadPool final : public Runner {
 public:
  /// Starts `threads` threads. `out` is flushed when a thread has nothing left to run.
  ThreadPool(std::size_t threads, Outbox& out);
  /// Stops the threads and waits for them: for handlers that are still running, without limit.
  ~ThreadPool() override;

  /// Queues calls. Any thread.
  void run(std::vector<std::shared_ptr<NativeCall>>& calls) override;

  /// Runs `callback` on each thread as soon as no handler blocks it. Any thread.
  void call_when_free(const std::function<void()>& callback) override;

  /// Whether a call waits although a thread is marked as idle. That thread may since have been
  /// blocked by a task that it resumed, which does not change the mark: then call wake_another()
  /// after a moment. Any thread.
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
  /// The mutex must be held.
  void wake_one();

  Outbox& out_;
  std::mutex mutex_;
  std::deque<std::shared_ptr<NativeCall>> queue_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::int64_t> longest_turn_{0};
  std::vector<std::unique_ptr<Member>> members_;
};

}  // namespace millrace::native
