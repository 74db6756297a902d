#include "thread_pool.hpp"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>

namespace millrace::native {

namespace {

/// How many handlers of begun tasks a thread runs before it takes another call.
constexpr int kMaxHandlersPerThreadTurn = 16;

}  // namespace

ThreadPool::ThreadPool(std::size_t threads, Outbox& out) : out_(out) {
  for (std::size_t i = 0; i < threads; ++i) members_.push_back(std::make_unique<Member>(out));
  for (const auto& member : members_) {
    member->thread = std::thread([this, &member = *member] { work(member); });
    ::pthread_setname_np(member->thread.native_handle(), "routes");
  }
}

ThreadPool::~ThreadPool() {
  stopping_ = true;
  for (const auto& member : members_) member->loop.stop();
  for (const auto& member : members_) member->thread.join();
}

void ThreadPool::run(std::vector<std::shared_ptr<NativeCall>>& calls) {
  if (calls.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    for (auto& call : calls) queue_.push_back(std::move(call));
    wake_one();
  }
  calls.clear();
}

void ThreadPool::wake_one() {
  for (const auto& member : members_) {
    if (!std::exchange(member->idle, false)) continue;
    return boost::asio::post(member->loop, [] {});
  }
}

bool ThreadPool::may_be_stuck() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return false;
  return std::any_of(members_.begin(), members_.end(),
                     [](const auto& member) { return member->idle; });
}

void ThreadPool::wake_another() {
  const std::lock_guard lock(mutex_);
  if (!queue_.empty()) wake_one();
}

void ThreadPool::call_when_free(const std::function<void()>& callback) {
  for (const auto& member : members_) boost::asio::post(member->loop, callback);
}

std::shared_ptr<NativeCall> ThreadPool::take(Member& member) {
  const std::lock_guard lock(mutex_);
  member.idle = queue_.empty();
  if (member.idle) return nullptr;
  auto call = std::move(queue_.front());
  queue_.pop_front();
  if (!queue_.empty()) wake_one();
  return call;
}

void ThreadPool::work(Member& member) {
  while (!stopping_) {
    if (const auto call = take(member)) {
      run_call(member, call);
      // Not poll(): tasks that always schedule another turn would starve the queue.
      for (int i = 0; i < kMaxHandlersPerThreadTurn && member.loop.poll_one() > 0; ++i) {
      }
    } else {
      out_.flush();
      member.loop.run_one();
    }
  }
}

void ThreadPool::run_call(Member& member, const std::shared_ptr<NativeCall>& call) {
  const std::int64_t took = member.run(*call, member.loop).count();
  std::int64_t longest = longest_turn_.load(std::memory_order_relaxed);
  while (took > longest && !longest_turn_.compare_exchange_weak(longest, took)) {
  }
}

}  // namespace millrace::native
