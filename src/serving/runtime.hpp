// Runtime is a project and what runs its JavaScript: what everything that builds or serves it needs.
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
  /// The project; absolute, without symbolic links.
  std::filesystem::path root;
  /// share/millrace: what Millrace brings along.
  std::filesystem::path share;
  /// The Node.js that runs workers and builder.
  std::filesystem::path node;
  /// The environment this process was started with.
  std::map<std::string, std::string> environment;
};

/// Finds what Millrace brings along. `node`: the Node.js that the user names; empty for Millrace's own.
/// Errors: not_found where the installation is incomplete, those of check_node().
[[nodiscard]] base::Result<Runtime> find_runtime(std::filesystem::path root,
                                                 const std::filesystem::path& node,
                                                 std::map<std::string, std::string> environment);

/// Takes what asks for a debugger out of the runtime's NODE_OPTIONS, since the builder would take its
/// port: it is for workers. Returns the debugger of `asked`, else of NODE_OPTIONS; null where neither
/// asks for one. Error: the address cannot be read.
[[nodiscard]] base::Result<std::shared_ptr<workers::Inspector>> take_inspector(
    Runtime& runtime, std::optional<workers::InspectorAddress> asked);

}  // namespace millrace::serving
