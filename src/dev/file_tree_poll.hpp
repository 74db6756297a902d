// FileTreePoll finds changes in a folder and all folders below it by polling, for file systems that
// do not report changes: network file systems, those shared with the host of a virtual machine, and
// layers that are written from elsewhere. It complements FileTreeWatch, which the kernel notifies.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dev/file_tree_watch.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"

namespace millrace::dev {

/// The name of the file system that contains `folder`, where changes made elsewhere may not be
/// reported ("nfs", "9p"); none where the kernel reports all changes.
[[nodiscard]] std::optional<std::string_view> unreported_changes(
    const std::filesystem::path& folder);

/// Belongs to the loop's thread.
class FileTreePoll {
 public:
  /// Maximum number of files and folders that are polled; where there are more, overflowed() is
  /// true.
  static constexpr std::size_t kMaxEntries = 200'000;

  struct Options {
    /// Absolute path.
    std::filesystem::path root;
    /// Folders with these names are skipped at any depth.
    std::vector<std::string> ignored_names;
    /// The time between the end of one pass and the start of the next.
    std::chrono::milliseconds interval{1'000};
    std::size_t max_entries = kMaxEntries;
    /// Receives the changes that were found in one pass.
    std::function<void(const std::vector<FileChange>&)> on_changes;
  };

  /// The files found in the first pass are not changes.
  FileTreePoll(net::EventLoop& loop, Options options);
  FileTreePoll(const FileTreePoll&) = delete;
  FileTreePoll& operator=(const FileTreePoll&) = delete;

  void set_interval(std::chrono::milliseconds interval) { options_.interval = interval; }
  [[nodiscard]] std::chrono::milliseconds interval() const { return options_.interval; }

  /// Whether there were more files or folders than kMaxEntries.
  [[nodiscard]] bool overflowed() const { return overflowed_; }

  /// Polls one more folder, which can be outside the tree, without the folders below it.
  void add_folder(const std::filesystem::path& folder);

  /// Records the present state of the path as known: its change has been reported otherwise.
  void mark_known(const std::filesystem::path& path);

 private:
  struct Entry {
    std::int64_t written_at = 0;
    std::uint64_t size = 0;
    std::uint64_t number = 0;
    bool directory = false;
    /// The pass that saw it last.
    std::uint64_t seen = 0;

    [[nodiscard]] bool same_file(const Entry& other) const {
      return written_at == other.written_at && size == other.size && number == other.number;
    }
  };

  [[nodiscard]] static std::optional<Entry> read(const std::filesystem::path& path);
  void step();
  void look_into(const std::filesystem::path& folder);
  void see(const std::filesystem::path& path, Entry entry);
  void finish();
  [[nodiscard]] bool ignored(std::string_view name) const;
  /// Whether one more entry fits in the limit; records an overflow where it does not.
  [[nodiscard]] bool fits(std::size_t count);

  Options options_;
  net::Timer next_;
  std::unordered_map<std::string, Entry> entries_;
  /// Folders outside the tree.
  std::unordered_set<std::string> folders_;
  /// The folders that the current pass has yet to read.
  std::vector<std::filesystem::path> pending_;
  std::vector<FileChange> changes_;
  std::uint64_t looks_ = 0;
  std::size_t looked_at_ = 0;
  bool overflowed_ = false;
};

}  // namespace millrace::dev
