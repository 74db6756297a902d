// FileTreeWatch reports changes in a folder and all folders below it, by inotify. It reports only
// that something happened at a path; its callers decide what that means.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.hpp"
#include "net/event_loop.hpp"
#include "net/readable_watch.hpp"

namespace millrace::dev {

struct FileChange {
  enum class Kind : std::uint8_t {
    /// A new file or folder at this path, or one moved there.
    appeared,
    /// Its content was written.
    written,
    /// Removed, or moved away.
    gone,
  };

  Kind kind = Kind::written;
  /// Absolute.
  std::filesystem::path path;
  bool directory = false;
};

/// Belongs to the loop's thread.
class FileTreeWatch {
 public:
  struct Options {
    /// Absolute path.
    std::filesystem::path root;
    /// Folders with these names are skipped at any depth.
    std::vector<std::string> ignored_names;
    /// Receives the changes that arrived together. A change can be reported twice. Where the
    /// kernel's queue has overflowed, `root` itself is reported as written: anything may have
    /// changed.
    std::function<void(const std::vector<FileChange>&)> on_changes;
  };

  /// Starts to watch. Symbolic links to folders are not followed. Fails where `root` cannot be read
  /// or the system's limit of watches is reached.
  [[nodiscard]] static base::Result<std::unique_ptr<FileTreeWatch>> start(net::EventLoop& loop,
                                                                          Options options);
  FileTreeWatch(const FileTreeWatch&) = delete;
  FileTreeWatch& operator=(const FileTreeWatch&) = delete;
  ~FileTreeWatch() = default;

  /// Watches one more folder, which can be outside the tree, without the folders below it. Folders
  /// that cannot be watched, or already are, are ignored.
  void add_folder(const std::filesystem::path& folder);

  /// The number of watched folders.
  [[nodiscard]] std::size_t size() const { return folders_.size(); }

 private:
  explicit FileTreeWatch(Options options);

  base::Result<void> add_tree(const std::filesystem::path& folder,
                              std::vector<FileChange>* appeared);
  base::Result<void> add_watch(const std::filesystem::path& folder);
  void remove_tree(const std::filesystem::path& folder);
  [[nodiscard]] bool ignored(std::string_view name) const;
  void read_events();
  void take_event(int descriptor, std::uint32_t mask, std::string_view name,
                  std::vector<FileChange>& changes);

  Options options_;
  /// The inotify descriptor, which `watch_` owns.
  int inotify_ = -1;
  std::unordered_map<int, std::filesystem::path> folders_;
  std::unordered_map<std::string, int> descriptors_;
  std::unique_ptr<net::ReadableWatch> watch_;
};

}  // namespace millrace::dev
