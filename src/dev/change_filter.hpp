// ChangeFilter judges which changes in a project make its build stale. Handlers write files too
// (databases, uploads, logs): those must not cause a rebuild. Pure: no I/O.
#pragma once

#include <filesystem>
#include <string>
#include <unordered_set>
#include <vector>

#include "dev/file_tree_watch.hpp"

namespace millrace::dev {

class ChangeFilter {
 public:
  /// `root`: absolute path of the project.
  explicit ChangeFilter(std::filesystem::path root) : root_(std::move(root)) {}

  /// What the last build read: absolute paths. `whole`: it had no errors; after one that had,
  /// any source file may be what was missing.
  void built(const std::vector<std::filesystem::path>& inputs, bool whole);

  [[nodiscard]] bool matters(const FileChange& change) const;

 private:
  [[nodiscard]] bool file_matters(const FileChange& change) const;
  [[nodiscard]] bool folder_matters(const std::filesystem::path& folder) const;

  std::filesystem::path root_;
  std::unordered_set<std::string> inputs_;
  bool whole_ = false;
};

/// Whether the change is of a file that only routes in C++ are made of.
[[nodiscard]] bool is_native_source(const FileChange& change);

}  // namespace millrace::dev
