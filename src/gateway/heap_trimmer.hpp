// HeapTrimmer makes the allocator return free memory to the system after a load peak. The allocator
// does not do so by itself, since the free blocks lie between blocks in use.
#pragma once

#include <cstddef>

#include "base/memory_budget.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread.
class HeapTrimmer {
 public:
  /// Reports the current number of connections.
  void count(std::size_t connections) {
    if (connections > most_connections_) most_connections_ = connections;
  }

  /// Called once a second. `memory`: the budget of memory held for clients.
  void tick(base::MemoryBudget& memory, std::size_t connections);

 private:
  /// The maximum since memory was last returned.
  std::size_t most_connections_ = 0;
  int trims_left_ = 0;
};

}  // namespace millrace::gateway
