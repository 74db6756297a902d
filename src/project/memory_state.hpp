// The memory state that a build has found: `memory_state` of the manifest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "project/json_reader.hpp"

namespace millrace::project {

/// State that a module keeps in memory between requests. Requests see the same state only in the
/// same process.
struct MemoryState {
  /// Relative to the project.
  std::string file;
  std::int64_t line = 0;
  /// The name of the variable.
  std::string name;
  /// The files of the routes, and of the middleware, whose code reaches it; empty for all.
  std::vector<std::string> routes;
};

/// Reads `memory_state` of the manifest, an array. Errors are recorded in the reader.
[[nodiscard]] std::vector<MemoryState> read_memory_state(JsonReader& manifest);

}  // namespace millrace::project
