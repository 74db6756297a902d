// EventLoop is one thread's Asio loop. Everything made with a loop (streams, listeners, timers,
// watches) belongs to the thread that runs it and is touched from there only; the only call allowed
// from another thread is stop(). Asio itself stays behind this folder's .cpp files.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace millrace::net {

/// Work to do once at the end of the present turn of the loop, after every handler that is ready
/// now: how frames made in one turn leave in one write. Deregisters itself when destroyed.
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

  /// Runs until stop() or until nothing is left to wait for. What a handler, a task or an observer
  /// throws ends that call alone: it is told on stderr, and the loop goes on. A stream whose observer
  /// throws is closed.
  void run();

  /// Makes run() return after the handler at hand. Any thread.
  void stop();

  /// Has the loop set aside, in one piece, what it needs to watch `count` more descriptors. It never gives
  /// that back: set aside for one connection after the other, between what these hold themselves, it
  /// would keep nearly every page of that memory in use. Does less where descriptors run out.
  void reserve(std::size_t count);

  /// Runs `task` in a later turn.
  void post(std::function<void()> task);

  /// Has `task` run once at the end of this turn; a second call before that changes nothing.
  void at_turn_end(TurnTask& task);

  /// For this folder's own files.
  [[nodiscard]] boost::asio::io_context& context();

 private:
  friend class TurnTask;
  struct Impl;
  void run_turn_tasks();
  void forget(TurnTask& task);

  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::net
