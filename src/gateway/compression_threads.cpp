#include "gateway/compression_threads.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <deque>
#include <mutex>
#include <system_error>
#include <utility>

namespace millrace::gateway {

void CompressionPiece::compress() {
  good = flush ? compressor.append(input, end, output) : compressor.append_part(input, output);
}

struct CompressionThreads::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::unique_ptr<CompressionPiece>> waiting;
  std::deque<std::unique_ptr<CompressionPiece>> done;
  /// The descriptor of the loop's watch, which exists while pieces are in work.
  int event = -1;
  bool ending = false;

  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return ending || !waiting.empty(); });
      if (ending) return;
      std::unique_ptr<CompressionPiece> piece = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      piece->compress();
      lock.lock();
      done.push_back(std::move(piece));
      const std::uint64_t one = 1;
      // The watch cannot be gone: the loop has not taken this piece back. The counter cannot be full.
      static_cast<void>(::write(event, &one, sizeof one) == sizeof one);
    }
  }
};

CompressionThreads::CompressionThreads(net::EventLoop& loop, std::size_t count,
                                       std::function<void()> on_room)
    : loop_(loop),
      count_(count),
      on_room_(std::move(on_room)),
      shared_(std::make_shared<Shared>()) {}

CompressionThreads::~CompressionThreads() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->ending = true;
    shared_->changed.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
}

bool CompressionThreads::begin_watch() {
  if (watch_) return true;
  base::UniqueFd event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!event) return false;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->event = event.get();
  }
  watch_.emplace(loop_, std::move(event), [this] { take_results(); });
  return true;
}

bool CompressionThreads::begin_thread() {
  // As many threads as pieces can be in work at once; idle ones stay.
  if (threads_.size() > in_work_.size()) return true;
  // Signals are handled on the loop's thread.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  bool begun = true;
  try {
    threads_.emplace_back([shared = shared_] { shared->run(); });
  } catch (const std::system_error&) {
    begun = !threads_.empty();
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return begun;
}

std::unique_ptr<CompressionPiece> CompressionThreads::submit(
    std::unique_ptr<CompressionPiece> piece, Owner& owner) {
  if (!begin_thread() || !begin_watch()) return piece;
  in_work_.push_back({.piece = piece.get(), .owner = &owner});
  const std::lock_guard lock(shared_->mutex);
  shared_->waiting.push_back(std::move(piece));
  shared_->changed.notify_one();
  return nullptr;
}

void CompressionThreads::forget(Owner& owner) {
  for (Work& work : in_work_) {
    if (work.owner == &owner) work.owner = nullptr;
  }
}

void CompressionThreads::take_results() {
  std::uint64_t count = 0;
  static_cast<void>(::read(watch_->fd(), &count, sizeof count) == sizeof count);
  std::deque<std::unique_ptr<CompressionPiece>> done;
  {
    const std::lock_guard lock(shared_->mutex);
    done.swap(shared_->done);
  }
  for (std::unique_ptr<CompressionPiece>& piece : done) {
    const auto work = std::find_if(in_work_.begin(), in_work_.end(),
                                   [&](const Work& one) { return one.piece == piece.get(); });
    Owner* const owner = work->owner;
    in_work_.erase(work);
    if (owner != nullptr) owner->on_piece(std::move(piece));
  }
  on_room_();
  if (in_work_.empty()) watch_.reset();
}

}  // namespace millrace::gateway
