// `millrace verify`: whether two servers answer the same requests alike. The comparison itself is a
// program for Node.js, verify/verify.mjs in the share folder; this command becomes that program.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "cli/arguments.hpp"

namespace millrace::cli {

/// What the comparison runs with.
struct VerifyPaths {
  /// Absolute path of the project.
  std::filesystem::path root;
  std::filesystem::path share;
  /// The Node.js that the comparison runs on.
  std::filesystem::path node;
  /// For the workers of a server that it starts; empty: Millrace's own.
  std::string worker_node;
};

/// The program's arguments, without its path. `program`: this executable.
[[nodiscard]] std::vector<std::string> verify_arguments(const VerifyOptions& options,
                                                        const VerifyPaths& paths,
                                                        const std::filesystem::path& program);

/// Replaces this process by the comparison. Returns only where that fails.
[[nodiscard]] base::Error run_verify(const VerifyOptions& options, const VerifyPaths& paths);

}  // namespace millrace::cli
