// Commands for builds on disk and running servers: `ps`, `reload`, `snapshot`, `rollback`,
// `builds`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>

#include "cli/output_format.hpp"

namespace millrace::cli {

/// Prints the status of the project's servers and their workers; returns 1 where none is running.
int run_ps(const std::filesystem::path& root, OutputFormat format, std::ostream& out,
           std::ostream& err);

/// Deploys the current build to the project's servers; returns 1 where none is running or a
/// deployment fails.
int run_reload(const std::filesystem::path& root, std::ostream& out, std::ostream& err);

/// Has the worker with that process id write a heap snapshot; returns 1 where the project has no
/// such worker.
int run_snapshot(const std::filesystem::path& root, std::int64_t pid, std::ostream& out,
                 std::ostream& err);

/// Makes the build before the current one current; returns 1 where there is none.
int run_rollback(const std::filesystem::path& root, std::ostream& out, std::ostream& err);

/// Lists the project's builds.
int run_builds(const std::filesystem::path& root, OutputFormat format, std::ostream& out);

}  // namespace millrace::cli
