#include "base/line_writer.hpp"

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
struct LineWriter::Queue {
  Queue(std::size_t bound, std::shared_ptr<const void> owner)
      : most_waiting(bound), kept(std::move(owner)) {}

  const std::size_t most_waiting;
  const std::shared_ptr<const void> kept;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Piece> pieces;
  /// The size of `pieces` and of the piece that is being written.
  std::size_t bytes = 0;
  /// Since the last report, and since the beginning.
  std::uint64_t dropped = 0;
  std::uint64_t dropped_in_total = 0;
  int failure = 0;
  bool closed = false;
  bool ended = false;

  bool put(int descriptor, std::string_view text, bool counts);
  void run();

 private:
  void report_dropped();
};

bool LineWriter::Queue::put(int descriptor, std::string_view text, bool counts) {
  const std::lock_guard lock(mutex);
  if (bytes + text.size() > most_waiting) {
    if (counts) {
      ++dropped;
      ++dropped_in_total;
    }
    changed.notify_all();
    return false;
  }
  bytes += text.size();
  if (!pieces.empty() && pieces.back().descriptor == descriptor) {
    pieces.back().text += text;
  } else {
    pieces.push_back({descriptor, std::string(text)});
  }
  changed.notify_all();
  return true;
}

void LineWriter::Queue::report_dropped() {
  if (dropped == 0) return;
  std::string text = "warning: " + std::to_string(dropped) +
                     " log messages were dropped: their reader is too slow\n";
  dropped = 0;
  bytes += text.size();
  pieces.push_back({STDERR_FILENO, std::move(text)});
}

void LineWriter::Queue::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return closed || !pieces.empty() || dropped > 0; });
    if (pieces.empty()) report_dropped();
    if (pieces.empty()) break;
    const Piece piece = std::move(pieces.front());
    pieces.pop_front();
    lock.unlock();
    const bool written = write_all(piece.descriptor, piece.text);
    const int reason = errno;
    lock.lock();
    if (!written) failure = reason;
    bytes -= piece.text.size();
  }
  ended = true;
  changed.notify_all();
}

LineWriter::LineWriter(std::size_t most_waiting, std::shared_ptr<const void> kept)
    : queue_(std::make_shared<Queue>(most_waiting, std::move(kept))) {
  // Signals are handled on other threads.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([queue = queue_] { queue->run(); }).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LineWriter::~LineWriter() {
  std::unique_lock lock(queue_->mutex);
  queue_->closed = true;
  queue_->changed.notify_all();
  queue_->changed.wait_for(lock, kPatienceAtEnd, [this] { return queue_->ended; });
}

void LineWriter::write(int descriptor, std::string_view text) {
  static_cast<void>(queue_->put(descriptor, text, true));
}

bool LineWriter::offer(int descriptor, std::string_view text) {
  return queue_->put(descriptor, text, false);
}

bool LineWriter::has_room(std::size_t size) const {
  const std::lock_guard lock(queue_->mutex);
  return queue_->bytes + size <= queue_->most_waiting;
}

std::uint64_t LineWriter::dropped() const {
  const std::lock_guard lock(queue_->mutex);
  return queue_->dropped_in_total;
}

std::size_t LineWriter::waiting() const {
  const std::lock_guard lock(queue_->mutex);
  return queue_->bytes;
}

int LineWriter::take_failure() {
  const std::lock_guard lock(queue_->mutex);
  return std::exchange(queue_->failure, 0);
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
