// Where routes keep state in memory, a pool has one worker: requests to another process would not see
// it. What the build has found is looked at here, pool by pool, and put into words.
#pragma once

#include <string>
#include <vector>

#include "project/manifest.hpp"
#include "project/settings.hpp"

namespace millrace::serving {

struct SharedMemory {
  /// By place in the settings: whether routes of the pool keep state in memory and nothing says how
  /// many workers there are to be.
  std::vector<bool> one_worker;
  /// For the log, a line each: which pools have one worker and why, and what pools cannot share.
  std::vector<std::string> notes;
};

[[nodiscard]] SharedMemory find_shared_memory(const project::Settings& settings,
                                              const project::Manifest& manifest);

/// "lib/bus.ts:3 (bus) and 2 more". `found` is not empty.
[[nodiscard]] std::string name_memory_state(const std::vector<project::MemoryState>& found);

}  // namespace millrace::serving
