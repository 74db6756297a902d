// Reads and writes what a build has found of state in memory: `memory_state` of the manifest, and of
// the builder's answer.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"

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

/// Error: invalid, naming the place, what was expected and what was found.
[[nodiscard]] base::Result<std::vector<MemoryState>> read_memory_state(
    const boost::json::value& value);

[[nodiscard]] boost::json::array memory_state_json(const std::vector<MemoryState>& found);

}  // namespace millrace::project
