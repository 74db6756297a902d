// EventLoop is one thread's Asio loop. Everything made with a loop (streams, listeners, timers,
// watches) belongs to the thread that runs it and is used from that thread only; only stop() may be
// called from another. Asio itself is visible only in this folder's .cpp files.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace millrace::net {

using Clock = std::chrono::steady_clock;

/// Work to do once at the end of the current turn of the loop, after every handler that is ready
/// now: frames made in one turn are sent in one write that way. Deregisters itself when destroyed.
class TurnTask {
 public:
  TurnTask() = default;
  TurnTask(const TurnTask&) = delete;
  TurnTask& operator=(const TurnTask&) = delete;
  virtual ~TurnTask();

  virtual void run_at_turn_end() = 0;

 private:
  friend class EventLoop;
  class EventLoop* scheduled_on_ = nullptr;
};

class EventLoop {
 public:
  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  /// Runs until stop() or until there is nothing to wait for. An exception from a handler, a task
  /// or an observer ends that call only: it is reported on stderr, and the loop continues. A stream
  /// whose observer throws is closed.
  void run();

  /// Makes run() return after the current handler. Any thread.
  void stop();

  /// Reserves, as one block, the memory needed to watch `count` more descriptors. It is never
  /// returned: allocated one by one between the connections' own memory, it would keep nearly every
  /// page of that in use. Reserves less where descriptors run out.
  void reserve(std::size_t count);

  /// Runs `task` in a later turn.
  void post(std::function<void()> task);

  /// Runs `task` once at the end of this turn; a second call before that has no effect.
  void at_turn_end(TurnTask& task);

  /// Returns the time at which the current turn first asked for it: all that happens in one turn
  /// happens at one time. It costs a reading of the clock in each turn, not in each call.
  [[nodiscard]] Clock::time_point now();

  /// For this folder's own files.
  [[nodiscard]] boost::asio::io_context& context();

 private:
  friend class TurnTask;
  struct Impl;
  void schedule_turn_end();
  void run_turn_tasks();
  void forget(TurnTask& task);

  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::net
