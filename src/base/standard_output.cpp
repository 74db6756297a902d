#include "base/standard_output.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace millrace::base {

namespace {

constexpr std::chrono::seconds kPatienceAtEnd{1};

struct Piece {
  int descriptor;
  std::string text;
};

}  // namespace

/// Shared with the thread, which may be blocked in the kernel when the rest of the process ends.
struct StandardOutput::Queue {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Piece> pieces;
  /// The size of `pieces` and of the piece that is being written.
  std::size_t bytes = 0;
  std::uint64_t dropped = 0;
  bool closed = false;
  bool ended = false;

  void put(int descriptor, std::string_view text);
  void run();

 private:
  void report_dropped();
};

void StandardOutput::Queue::put(int descriptor, std::string_view text) {
  const std::lock_guard lock(mutex);
  if (bytes + text.size() > kMostWaiting) {
    ++dropped;
    changed.notify_all();
    return;
  }
  bytes += text.size();
  if (!pieces.empty() && pieces.back().descriptor == descriptor) {
    pieces.back().text += text;
  } else {
    pieces.push_back({descriptor, std::string(text)});
  }
  changed.notify_all();
}

void StandardOutput::Queue::report_dropped() {
  if (dropped == 0) return;
  std::string text = "warning: " + std::to_string(dropped) +
                     " log messages were dropped: their reader is too slow\n";
  dropped = 0;
  bytes += text.size();
  pieces.push_back({STDERR_FILENO, std::move(text)});
}

void StandardOutput::Queue::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return closed || !pieces.empty() || dropped > 0; });
    if (pieces.empty()) report_dropped();
    if (pieces.empty()) break;
    const Piece piece = std::move(pieces.front());
    pieces.pop_front();
    lock.unlock();
    write_all(piece.descriptor, piece.text);
    lock.lock();
    bytes -= piece.text.size();
  }
  ended = true;
  changed.notify_all();
}

/// The process's instance, with a lock: another thread may write while it is made or destroyed.
struct StandardOutput::Current {
  std::shared_ptr<Queue> get() {
    const std::lock_guard lock(mutex);
    return queue;
  }
  void set(std::shared_ptr<Queue> to) {
    const std::lock_guard lock(mutex);
    queue = std::move(to);
  }

  std::mutex mutex;
  std::shared_ptr<Queue> queue;
};

StandardOutput::StandardOutput() : queue_(std::make_shared<Queue>()) {
  // Signals are handled on other threads.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([queue = queue_] { queue->run(); }).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  current().set(queue_);
}

StandardOutput::~StandardOutput() {
  current().set(nullptr);
  std::unique_lock lock(queue_->mutex);
  queue_->closed = true;
  queue_->changed.notify_all();
  queue_->changed.wait_for(lock, kPatienceAtEnd, [this] { return queue_->ended; });
}

StandardOutput::Current& StandardOutput::current() {
  static Current one;
  return one;
}

std::size_t StandardOutput::waiting() const {
  const std::lock_guard lock(queue_->mutex);
  return queue_->bytes;
}

void StandardOutput::write(int descriptor, std::string_view text) {
  if (text.empty()) return;
  if (const auto queue = current().get()) return queue->put(descriptor, text);
  write_all(descriptor, text);
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(descriptor, text.data(), text.size());
    if (put >= 0) {
      text.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno == EAGAIN) {
      // Another process that shares the open file description has made it non-blocking.
      pollfd room{.fd = descriptor, .events = POLLOUT, .revents = 0};
      ::poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace millrace::base
