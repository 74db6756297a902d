// `millrace verify`: checks whether two servers respond alike to the same requests. The comparison
// is a program for Node.js, verify/verify.mjs in the share folder; this command replaces its
// process by it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "cli/arguments.hpp"

namespace millrace::cli {

/// The paths that the comparison uses.
struct VerifyPaths {
  /// Absolute path of the project.
  std::filesystem::path root;
  std::filesystem::path share;
  /// The Node.js that runs the comparison.
  std::filesystem::path node;
  /// The Node.js for the workers of a server that it starts; empty: Millrace's own.
  std::string worker_node;
};

/// Returns the program's arguments without its path. `program`: this executable.
[[nodiscard]] std::vector<std::string> verify_arguments(const VerifyOptions& options,
                                                        const VerifyPaths& paths,
                                                        const std::filesystem::path& program);

/// Replaces this process by the comparison. Returns only on failure.
[[nodiscard]] base::Error run_verify(const VerifyOptions& options, const VerifyPaths& paths);

}  // namespace millrace::cli
