#include "gateway/heap_trimmer.hpp"

#include <malloc.h>

namespace millrace::gateway {

namespace {

/// Trims are repeated for this many seconds: the process frees what a load peak used some time
/// after the clients have left.
constexpr int kTrims = 3;

/// A decrease by either amount is worth a trim.
constexpr std::size_t kHeldWorthTrimming = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kConnectionsWorthTrimming = 256;

}  // namespace

void HeapTrimmer::tick(base::MemoryBudget& memory, std::size_t connections) {
  if (memory.most() - memory.used() >= kHeldWorthTrimming ||
      most_connections_ - connections >= kConnectionsWorthTrimming) {
    memory.restart_most();
    most_connections_ = connections;
    trims_left_ = kTrims;
  }
  if (trims_left_ == 0) return;
  --trims_left_;
  ::malloc_trim(0);
}

}  // namespace millrace::gateway
