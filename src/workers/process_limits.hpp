// What the kernel holds a worker to: processes and open files. A worker that runs into them fails by
// itself; the server and the other workers have theirs.
#pragma once

#include <cstdint>

namespace millrace::workers {

struct ProcessLimits {
  /// Of the user who runs it, threads included (RLIMIT_NPROC; the kernel holds root to none). 0: the
  /// server's.
  std::uint64_t processes = 0;
  /// RLIMIT_NOFILE. 0: the server's.
  std::uint64_t open_files = 0;
};

/// Applies them to this process, for good; more than it may have means as much as it may. No core
/// files are written from now on: a worker's memory holds its users' secrets. Async-signal-safe.
void apply(const ProcessLimits& limits);

}  // namespace millrace::workers
