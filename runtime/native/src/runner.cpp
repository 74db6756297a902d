#include "runner.hpp"

#include <time.h>

namespace millrace::native {

namespace {

/// A handler that takes longer counts as slow, and so does its route for this many calls after it.
constexpr std::chrono::microseconds kQuick{200};
constexpr int kSlowCalls = 1000;
/// Reading a thread's CPU time is an expensive system call: one call in this many is measured and
/// stands for all.
constexpr unsigned kSampleInterval = 16;

std::uint64_t thread_cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

std::chrono::nanoseconds MeasuredRun::operator()(NativeCall& call, boost::asio::io_context& loop) {
  NativeRoute& route = call.route();
  const bool slow = route.slow_calls.load(std::memory_order_relaxed) > 0;
  if (slow) out_.flush();
  const bool measured = calls_++ % kSampleInterval == 0;
  const std::uint64_t cpu = measured ? thread_cpu_ns() : 0;
  const auto began = std::chrono::steady_clock::now();
  call.run(loop);
  const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - began;
  if (measured) {
    route.usage.cpu_ns.fetch_add((thread_cpu_ns() - cpu) * kSampleInterval,
                                 std::memory_order_relaxed);
  }
  if (took > kQuick) {
    route.slow_calls.store(kSlowCalls, std::memory_order_relaxed);
  } else if (slow) {
    route.slow_calls.fetch_sub(1, std::memory_order_relaxed);
  }
  return took;
}

}  // namespace millrace::native
