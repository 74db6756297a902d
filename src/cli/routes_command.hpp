// `millrace routes`: the table of a project's routes, as discovery finds them now; what only a
// build knows (the methods of app routes, next.config's pageExtensions) is taken from
// the current build where there is one.
#pragma once

#include <filesystem>
#include <iosfwd>

namespace millrace::cli {

struct RoutesOptions {
  /// Absolute path of the project.
  std::filesystem::path root;
  bool json = false;
};

/// Prints on `out`, errors on `err`; returns the exit code.
int run_routes(const RoutesOptions& options, std::ostream& out, std::ostream& err);

}  // namespace millrace::cli
