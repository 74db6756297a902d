// ChangeFilter decides which changes in a project make its build stale. Handlers write files too
// (databases, uploads, logs), which must not cause a rebuild. Pure: no I/O.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_set>
#include <vector>

#include "dev/file_tree_watch.hpp"

namespace millrace::dev {

/// The outcome of the last build.
enum class LastBuild : std::uint8_t {
  complete,
  /// It had errors: any source file may be the one that was missing.
  with_errors,
};

class ChangeFilter {
 public:
  /// `root`: absolute path of the project.
  explicit ChangeFilter(std::filesystem::path root) : root_(std::move(root)) {}

  /// Records the outcome of a build and the files that it read, as absolute paths; those that
  /// next.config consists of, too.
  void built(const std::vector<std::filesystem::path>& inputs, LastBuild outcome,
             const std::vector<std::filesystem::path>& config_inputs = {});

  [[nodiscard]] bool matters(const FileChange& change) const;

  /// Whether a change that matters is only to the contents of a module in JavaScript: the routes,
  /// the configuration and what imports resolve to stay the same, if the file still exists.
  [[nodiscard]] bool is_of_contents(const FileChange& change) const;

 private:
  [[nodiscard]] bool file_matters(const FileChange& change) const;
  [[nodiscard]] bool folder_matters(const std::filesystem::path& folder) const;

  std::filesystem::path root_;
  std::unordered_set<std::string> inputs_;
  std::unordered_set<std::string> config_inputs_;
  LastBuild last_build_ = LastBuild::with_errors;
};

/// Whether the change is of a file that only routes in C++ use.
[[nodiscard]] bool is_native_source(const FileChange& change);

}  // namespace millrace::dev
