// HeapTrimmer asks the allocator to give free memory back to the system once a crowd has left: what
// was freed lies between what is in use, and it gives none of that back by itself.
#pragma once

#include <cstddef>

#include "base/memory_budget.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread.
class HeapTrimmer {
 public:
  /// So many connections are there now.
  void count(std::size_t connections) {
    if (connections > most_connections_) most_connections_ = connections;
  }

  /// Once a second. `memory`: what is held for clients.
  void tick(base::MemoryBudget& memory, std::size_t connections);

 private:
  /// The most since memory was last given back.
  std::size_t most_connections_ = 0;
  int trims_left_ = 0;
};

}  // namespace millrace::gateway
