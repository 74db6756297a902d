// PendingChanges collects what a development server must build next: changes of files, and routes
// that requests ask for. Pure, except that it asks whether files exist.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dev/change_filter.hpp"
#include "dev/file_tree_watch.hpp"
#include "dev/project_builder.hpp"

namespace millrace::dev {

class PendingChanges {
 public:
  /// With more changed files the project is built as a whole.
  static constexpr std::size_t kMaxFiles = 1'000;

  /// Adds a change that matters.
  void add(const FileChange& change, const ChangeFilter& filter);

  /// Asks for the route in a file (relative to the project).
  void want(const std::string& file) { wanted_.insert(file); }

  /// The next build must be of the project as a whole.
  void need_everything() { everything_ = true; }

  [[nodiscard]] bool has_changes() const { return everything_ || !files_.empty(); }
  [[nodiscard]] bool has_wanted() const { return !wanted_.empty(); }

  /// Takes what has been collected; nothing where the project must be built as a whole.
  [[nodiscard]] std::optional<UpdateRequest> take();

 private:
  bool everything_ = true;
  std::set<std::string> files_;
  std::set<std::string> wanted_;
};

}  // namespace millrace::dev
