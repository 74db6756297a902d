// Reads the memory usage of a process from the kernel, so that it works for a worker that does not
// respond.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace millrace::workers {

/// Returns the resident memory in bytes (VmRSS, including pages shared with other processes); 0 if
/// the process is gone.
[[nodiscard]] std::uint64_t resident_memory(pid_t pid);

}  // namespace millrace::workers
