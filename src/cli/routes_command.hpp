// `millrace routes`: lists a project's routes and pages.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "cli/output_format.hpp"

namespace millrace::cli {

struct RoutesOptions {
  /// Absolute path of the project.
  std::filesystem::path root;
  OutputFormat format = OutputFormat::text;
};

/// Prints on `out`, errors on `err`; returns the exit code.
int run_routes(const RoutesOptions& options, std::ostream& out, std::ostream& err);

}  // namespace millrace::cli
