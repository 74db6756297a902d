#include "runner.hpp"

#include <time.h>

namespace millrace::native {

namespace {

/// One call of so many stands for all.
constexpr unsigned kMeasured = 16;

std::uint64_t thread_cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

std::chrono::nanoseconds run_measured(NativeCall& call, boost::asio::io_context& loop,
                                      unsigned number) {
  NativeRoute& route = call.route();
  const bool measured = number % kMeasured == 0;
  const std::uint64_t cpu = measured ? thread_cpu_ns() : 0;
  const auto began = std::chrono::steady_clock::now();
  call.run(loop);
  const auto took = std::chrono::steady_clock::now() - began;
  if (measured) {
    route.usage.cpu_ns.fetch_add((thread_cpu_ns() - cpu) * kMeasured, std::memory_order_relaxed);
  }
  return took;
}

}  // namespace millrace::native
