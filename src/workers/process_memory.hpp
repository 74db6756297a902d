// How much memory a process holds, as the kernel says: of a worker that need not be asked, since one
// that loops would not answer.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace millrace::workers {

/// Bytes of resident memory (VmRSS, pages shared with others included); 0 where the process is gone.
[[nodiscard]] std::uint64_t resident_memory(pid_t pid);

}  // namespace millrace::workers
