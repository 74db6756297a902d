// What the kernel reports about a process's threads: the CPU time that each has used, how long it
// has waited for a CPU, and its current state. This distinguishes a worker that gets no CPU from
// one that is held. Reads Linux's /proc, whose waiting time includes that of a throttled control
// group.
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
    /// Stopped by a signal or a debugger.
    stopped,
  };

  pid_t id = 0;
  State state = State::runnable;
  /// CPU time since its start.
  std::chrono::nanoseconds used{0};
  /// Time since its start for which it was runnable without getting a CPU, up to when it last got
  /// one; nullopt if the kernel does not count it.
  std::optional<std::chrono::nanoseconds> waited;
};

/// The most threads of a process that are read: the oldest ones.
inline constexpr std::size_t kMostThreadsRead = 128;

/// Returns the main thread's reading, or with `all` every thread's. Empty if they cannot be read.
[[nodiscard]] std::vector<ThreadReading> read_threads(pid_t pid, bool all);

}  // namespace millrace::workers
