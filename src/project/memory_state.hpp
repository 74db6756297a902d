// What a build has found of state in memory: `memory_state` of the manifest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "project/json_reader.hpp"

namespace millrace::project {

/// State that routes keep in a module's memory: requests must see the same process, or they do not see
/// the same state.
struct MemoryState {
  /// Relative to the project.
  std::string file;
  std::int64_t line = 0;
  /// Of the binding.
  std::string name;
  /// Files of the routes, and of the proxy, whose code reaches it; empty for all.
  std::vector<std::string> routes;
};

/// Reads `memory_state` of the manifest, an array, and complains to the reader.
[[nodiscard]] std::vector<MemoryState> read_memory_state(JsonReader& manifest);

}  // namespace millrace::project
