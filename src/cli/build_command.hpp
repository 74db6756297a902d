// `millrace build`: makes .millrace/ from a project and prints what came out of it.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>

#include "project/settings.hpp"

namespace millrace::cli {

struct BuildOptions {
  /// The project; absolute, without symbolic links.
  std::filesystem::path root;
  /// The program that runs JavaScript.
  std::filesystem::path node;
  /// share/millrace.
  std::filesystem::path share;
  /// The environment this process was started with.
  std::map<std::string, std::string> environment;
  /// Whether progress may overwrite itself on `out`.
  bool terminal = false;
  /// Of all routes; absent: what millrace.toml says.
  std::optional<project::Engine> engine;
  /// The build does not become the current one.
  bool aside = false;
};

/// Builds; 0, or 1 with the reasons on `err` and the build before, if any, as it was.
int run_build(const BuildOptions& options, std::ostream& out, std::ostream& err);

}  // namespace millrace::cli
