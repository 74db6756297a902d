// What the kernel says of a process's threads: the CPU time that each has used, how long it has
// waited for a CPU, and what it does now. By it a worker that gets no CPU is told from one that is
// held. Linux's /proc, which counts the waiting of a throttled control group too.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace millrace::workers {

struct ThreadReading {
  enum class State : std::uint8_t {
    /// It runs, would run if it got a CPU, or has just ended.
    runnable,
    /// It waits for something: a lock, a child, a file.
    asleep,
    /// By a signal or a debugger.
    stopped,
  };

  pid_t id = 0;
  State state = State::runnable;
  /// CPU time since its start.
  std::chrono::nanoseconds used{0};
  /// Time since its start that it could have run and got no CPU, up to when it last got one; nothing
  /// where the kernel does not count it.
  std::optional<std::chrono::nanoseconds> waited;
};

/// Threads that are read of one process; of more, the oldest.
inline constexpr std::size_t kMostThreadsRead = 128;

/// The main thread's reading, or with `all` every thread's. Empty where they cannot be read.
[[nodiscard]] std::vector<ThreadReading> read_threads(pid_t pid, bool all);

}  // namespace millrace::workers
