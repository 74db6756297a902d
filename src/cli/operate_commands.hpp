// Commands that look at builds on disk or talk to servers that run: `ps`, `reload`,
// `snapshot`, `rollback`, `builds`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>

#include "cli/output_format.hpp"

namespace millrace::cli {

/// Shows the project's servers and their workers; 1 where none runs.
int run_ps(const std::filesystem::path& root, OutputFormat format, std::ostream& out,
           std::ostream& err);

/// Has the project's servers take the current build; 1 where none runs or one refuses.
int run_reload(const std::filesystem::path& root, std::ostream& out, std::ostream& err);

/// Has the worker with that process write a heap snapshot; 1 where none is of the project's.
int run_snapshot(const std::filesystem::path& root, std::int64_t pid, std::ostream& out,
                 std::ostream& err);

/// Points at the build before the current one; 1 where there is none.
int run_rollback(const std::filesystem::path& root, std::ostream& out, std::ostream& err);

/// Lists the project's builds.
int run_builds(const std::filesystem::path& root, OutputFormat format, std::ostream& out);

}  // namespace millrace::cli
