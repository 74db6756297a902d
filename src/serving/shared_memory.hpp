// If routes keep state in memory, their pool has one worker, because another process would not see
// that state. This module evaluates the build's findings for each pool and writes the notes about
// them.
#pragma once

#include <string>
#include <vector>

#include "project/manifest.hpp"
#include "project/settings.hpp"

namespace millrace::serving {

struct SharedMemory {
  /// By index in the settings: whether routes of the pool keep state in memory and no setting says
  /// how many workers to run.
  std::vector<bool> one_worker;
  /// Notes for the log, one line each: which pools have one worker and why, and which state pools
  /// cannot share.
  std::vector<std::string> notes;
};

[[nodiscard]] SharedMemory find_shared_memory(const project::Settings& settings,
                                              const project::Manifest& manifest);

/// Returns "lib/bus.ts:3 (bus) and 2 more". `found` must not be empty.
[[nodiscard]] std::string name_memory_state(const std::vector<project::MemoryState>& found);

}  // namespace millrace::serving
