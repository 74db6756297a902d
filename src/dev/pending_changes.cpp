#include "dev/pending_changes.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace millrace::dev {

void PendingChanges::add(const FileChange& change, const ChangeFilter& filter) {
  if (everything_) return;
  if (!filter.is_of_contents(change) || files_.size() >= kMaxFiles) {
    everything_ = true;
  } else {
    files_.insert(change.path.string());
  }
}

std::optional<UpdateRequest> PendingChanges::take() {
  const std::set<std::string> files = std::exchange(files_, {});
  const std::set<std::string> wanted = std::exchange(wanted_, {});
  // Many editors replace a file by another one: it is gone for a moment.
  const bool all_exist = std::all_of(files.begin(), files.end(), [](const std::string& file) {
    std::error_code failed;
    return std::filesystem::is_regular_file(file, failed);
  });
  if (std::exchange(everything_, false) || !all_exist) return std::nullopt;
  return UpdateRequest{.changes = {files.begin(), files.end()},
                       .wanted = {wanted.begin(), wanted.end()}};
}

}  // namespace millrace::dev
