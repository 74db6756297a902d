#include "net/event_loop.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"

namespace millrace::net {

struct EventLoop::Impl {
  // One thread runs the loop and does all its I/O; only stop() is called from others.
  boost::asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  std::vector<TurnTask*> turn_tasks;
  std::vector<TurnTask*> running;
  bool turn_end_scheduled = false;
  std::optional<Clock::time_point> turn_time;
};

TurnTask::~TurnTask() {
  if (scheduled_on_ != nullptr) scheduled_on_->forget(*this);
}

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {}

EventLoop::~EventLoop() = default;

namespace {

/// Runs `task` and reports an exception from it on stderr, so that the loop continues.
template <typename Task>
void guarded(const Task& task) {
  try {
    task();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: a task of the server's event loop failed: %s\n", error.what());
  } catch (...) {
    std::fprintf(stderr, "error: a task of the server's event loop failed\n");
  }
}

}  // namespace

void EventLoop::run() {
  bool done = false;
  while (!done) {
    guarded([&] {
      impl_->context.run();
      done = true;
    });
  }
  // Without a restart, a stopped loop could not run again.
  impl_->context.restart();
}

void EventLoop::stop() { impl_->context.stop(); }

void EventLoop::reserve(std::size_t count) {
  const base::UniqueFd event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!event) return;
  // All are watched together and then released together: Asio reuses that memory for the next
  // descriptors.
  std::vector<boost::asio::posix::stream_descriptor> watched;
  watched.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const int copy = ::fcntl(event.get(), F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return;
    boost::system::error_code refused;
    watched.emplace_back(impl_->context).assign(copy, refused);
    if (!refused) continue;
    ::close(copy);
    return;
  }
}

void EventLoop::post(std::function<void()> task) {
  boost::asio::post(impl_->context, std::move(task));
}

void EventLoop::at_turn_end(TurnTask& task) {
  if (task.scheduled_on_ != nullptr) return;
  task.scheduled_on_ = this;
  impl_->turn_tasks.push_back(&task);
  schedule_turn_end();
}

void EventLoop::schedule_turn_end() {
  if (std::exchange(impl_->turn_end_scheduled, true)) return;
  // A posted handler runs after all handlers that the same epoll_wait made ready.
  boost::asio::post(impl_->context, [this] { run_turn_tasks(); });
}

Clock::time_point EventLoop::now() {
  if (!impl_->turn_time) {
    impl_->turn_time = Clock::now();
    schedule_turn_end();
  }
  return *impl_->turn_time;
}

void EventLoop::run_turn_tasks() {
  impl_->turn_end_scheduled = false;
  impl_->turn_time.reset();
  impl_->running.swap(impl_->turn_tasks);
  for (std::size_t i = 0; i < impl_->running.size(); ++i) {
    TurnTask* task = impl_->running[i];
    if (task == nullptr) continue;
    task->scheduled_on_ = nullptr;
    impl_->running[i] = nullptr;
    // A task that throws must not prevent the tasks after it, which rely on their call.
    guarded([task] { task->run_at_turn_end(); });
  }
  impl_->running.clear();
  // Tasks may run handlers of routes in C++, which take time.
  impl_->turn_time.reset();
}

void EventLoop::forget(TurnTask& task) {
  for (auto* tasks : {&impl_->turn_tasks, &impl_->running}) {
    for (TurnTask*& entry : *tasks) {
      if (entry == &task) entry = nullptr;
    }
  }
}

boost::asio::io_context& EventLoop::context() { return impl_->context; }

}  // namespace millrace::net
