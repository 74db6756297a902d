// Runtime is a project together with the programs that run its JavaScript: everything that building
// or serving it needs.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "workers/inspector.hpp"

namespace millrace::serving {

struct Runtime {
  /// The project's folder; absolute, without symbolic links.
  std::filesystem::path root;
  /// The share/millrace folder with Millrace's own files.
  std::filesystem::path share;
  /// The Node.js that runs workers and the builder.
  std::filesystem::path node;
  /// The environment this process was started with.
  std::map<std::string, std::string> environment;
};

/// Locates the share folder and Node.js. `node` is the Node.js that the user names; empty for that of
/// MILLRACE_NODE in the environment, or else Millrace's own. Errors: not_found if the installation is
/// incomplete, and those of check_node().
[[nodiscard]] base::Result<Runtime> find_runtime(std::filesystem::path root,
                                                 const std::filesystem::path& node,
                                                 std::map<std::string, std::string> environment);

/// Removes the debugger options from the runtime's NODE_OPTIONS, because the debugger is for
/// workers and the builder would occupy its port. Returns the debugger from `requested`, otherwise from
/// NODE_OPTIONS, or null if neither requests one. Error: the address cannot be parsed.
[[nodiscard]] base::Result<std::shared_ptr<workers::Inspector>> take_inspector(
    Runtime& runtime, std::optional<workers::InspectorAddress> requested);

}  // namespace millrace::serving
