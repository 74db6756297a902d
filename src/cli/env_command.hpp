// `millrace env`: lists the variables that a project's env files set, and the file of each. Values
// are masked unless they are public, so that the output can be pasted into an issue.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <map>
#include <string>

#include "cli/output_format.hpp"

namespace millrace::cli {

struct EnvOptions {
  /// Absolute path of the project.
  std::filesystem::path root;
  OutputFormat format = OutputFormat::text;
  /// "development", "production" or "test".
  std::string mode = "development";
  /// The process's own environment.
  std::map<std::string, std::string> environment;
};

/// Prints on `out`, errors on `err`; returns the exit code.
int run_env(const EnvOptions& options, std::ostream& out, std::ostream& err);

}  // namespace millrace::cli
