// FileTreePoll finds what changes in a folder and all folders below it by looking at the files again and
// again, for file systems that do not tell: network ones, those shared with a virtual machine's host, and
// layers that somebody else writes below. FileTreeWatch is told by the kernel and goes beside it.
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

/// The name of the file system that holds `folder`, where changes made elsewhere may not be told of
/// ("nfs", "9p"); nothing where the kernel tells of all.
[[nodiscard]] std::optional<std::string_view> untold_changes(const std::filesystem::path& folder);

/// Belongs to the loop's thread.
class FileTreePoll {
 public:
  /// So many files and folders are looked at; those past it are not, and overflowed() says so.
  static constexpr std::size_t kMostEntries = 200'000;

  struct Options {
    /// Absolute path.
    std::filesystem::path root;
    /// Folders with these names are not looked into, wherever they are.
    std::vector<std::string> ignored_names;
    /// Between the end of a look at everything and the next.
    std::chrono::milliseconds interval{1'000};
    std::size_t most_entries = kMostEntries;
    /// Gets the changes that were found together.
    std::function<void(const std::vector<FileChange>&)> on_changes;
  };

  /// What is there by the first look is no change.
  FileTreePoll(net::EventLoop& loop, Options options);
  FileTreePoll(const FileTreePoll&) = delete;
  FileTreePoll& operator=(const FileTreePoll&) = delete;

  void set_interval(std::chrono::milliseconds interval) { options_.interval = interval; }
  [[nodiscard]] std::chrono::milliseconds interval() const { return options_.interval; }

  /// Whether there were more files or folders than are looked at.
  [[nodiscard]] bool overflowed() const { return overflowed_; }

  /// Looks at one more folder, which may lie outside the tree, without what is below it.
  void add_folder(const std::filesystem::path& folder);

  /// Takes what is at the path now for known: somebody else has told of it.
  void know(const std::filesystem::path& path);

 private:
  struct Entry {
    std::int64_t written_at = 0;
    std::uint64_t size = 0;
    std::uint64_t number = 0;
    bool directory = false;
    /// The look that saw it last.
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
  /// Whether one more fits beside so many; notes where none does.
  [[nodiscard]] bool fits(std::size_t held);

  Options options_;
  net::Timer next_;
  std::unordered_map<std::string, Entry> entries_;
  /// Outside the tree.
  std::unordered_set<std::string> folders_;
  /// Those that the look at hand has still to see.
  std::vector<std::filesystem::path> pending_;
  std::vector<FileChange> changes_;
  std::uint64_t looks_ = 0;
  std::size_t looked_at_ = 0;
  bool overflowed_ = false;
};

}  // namespace millrace::dev
