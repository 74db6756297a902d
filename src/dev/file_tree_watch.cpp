#include "dev/file_tree_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "dev/is_within.hpp"

namespace millrace::dev {

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                  IN_MOVED_TO | IN_DELETE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;

base::Error watch_error(const fs::path& folder, int error) {
  if (error == ENOSPC) {
    return {base::ErrorCode::exhausted,
            "cannot watch " + folder.string() +
                ": the system's limit of watched folders is reached. Raise it: sudo sysctl "
                "fs.inotify.max_user_watches=524288"};
  }
  return base::Error::from_errno("cannot watch " + folder.string(), error);
}

FileChange::Kind kind_of(std::uint32_t mask) {
  if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0) return FileChange::Kind::appeared;
  if ((mask & (IN_DELETE | IN_MOVED_FROM)) != 0) return FileChange::Kind::gone;
  return FileChange::Kind::written;
}

}  // namespace

base::Result<std::unique_ptr<FileTreeWatch>> FileTreeWatch::start(net::EventLoop& loop,
                                                                  Options options) {
  base::UniqueFd inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify) return base::Error::from_errno("cannot watch files (inotify_init1)", errno);
  std::unique_ptr<FileTreeWatch> tree(new FileTreeWatch(std::move(options)));
  tree->inotify_ = inotify.get();
  if (auto added = tree->add_tree(tree->options_.root, nullptr); !added) return added.error();
  tree->watch_ = std::make_unique<net::ReadableWatch>(loop, std::move(inotify),
                                                      [raw = tree.get()] { raw->read_events(); });
  return tree;
}

FileTreeWatch::FileTreeWatch(Options options) : options_(std::move(options)) {}

void FileTreeWatch::add_folder(const fs::path& folder) {
  if (descriptors_.contains(folder.string())) return;
  // Watching folders outside the project is optional: reaching the limit here is not an error.
  static_cast<void>(add_watch(folder).has_value());
}

base::Result<void> FileTreeWatch::add_watch(const fs::path& folder) {
  const int descriptor = ::inotify_add_watch(inotify_, folder.c_str(), kEvents);
  if (descriptor < 0) return watch_error(folder, errno);
  // The same folder under another name keeps its first name.
  if (!folders_.contains(descriptor)) {
    folders_.emplace(descriptor, folder);
    descriptors_.emplace(folder.string(), descriptor);
  }
  return {};
}

/// The watch is added before the folder is read, so that no change is missed.
base::Result<void> FileTreeWatch::add_tree(const fs::path& folder,
                                           std::vector<FileChange>* appeared) {
  if (auto added = add_watch(folder); !added) return added;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    std::error_code unknown;
    const bool directory = entry->is_directory(unknown) && !entry->is_symlink(unknown);
    if (appeared != nullptr) {
      appeared->push_back(
          {.kind = FileChange::Kind::appeared, .path = entry->path(), .directory = directory});
    }
    if (!directory || ignored(entry->path().filename().native())) continue;
    if (auto added = add_tree(entry->path(), appeared); !added) {
      // A folder that has been removed or cannot be read is ignored; a reached limit is not.
      if (added.error().code() == base::ErrorCode::exhausted) return added;
    }
  }
  return {};
}

void FileTreeWatch::remove_tree(const fs::path& folder) {
  for (auto entry = folders_.begin(); entry != folders_.end();) {
    if (is_within(entry->second.native(), folder.native())) {
      ::inotify_rm_watch(inotify_, entry->first);
      descriptors_.erase(entry->second.string());
      entry = folders_.erase(entry);
    } else {
      ++entry;
    }
  }
}

bool FileTreeWatch::ignored(std::string_view name) const {
  return std::find(options_.ignored_names.begin(), options_.ignored_names.end(), name) !=
         options_.ignored_names.end();
}

void FileTreeWatch::read_events() {
  alignas(inotify_event) std::array<char, 16384> buffer;
  std::vector<FileChange> changes;
  for (;;) {
    const ssize_t got = ::read(inotify_, buffer.data(), buffer.size());
    if (got <= 0) break;
    for (ssize_t at = 0; at < got;) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      take_event(event.wd, event.mask, event.len > 0 ? std::string_view(name) : std::string_view(),
                 changes);
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
  if (!changes.empty()) options_.on_changes(changes);
}

void FileTreeWatch::take_event(int descriptor, std::uint32_t mask, std::string_view name,
                               std::vector<FileChange>& changes) {
  if ((mask & IN_Q_OVERFLOW) != 0) {
    static_cast<void>(add_tree(options_.root, nullptr).has_value());
    changes.push_back(
        {.kind = FileChange::Kind::written, .path = options_.root, .directory = true});
    return;
  }
  const auto folder = folders_.find(descriptor);
  if (folder == folders_.end()) return;
  if ((mask & (IN_IGNORED | IN_DELETE_SELF)) != 0) {
    descriptors_.erase(folder->second.string());
    folders_.erase(folder);
    return;
  }
  const bool directory = (mask & IN_ISDIR) != 0;
  if (name.empty() || (directory && ignored(name))) return;
  const fs::path path = folder->second / name;
  const FileChange::Kind kind = kind_of(mask);
  changes.push_back({.kind = kind, .path = path, .directory = directory});
  if (!directory) return;
  if (kind == FileChange::Kind::gone) remove_tree(path);
  if (kind == FileChange::Kind::appeared) {
    static_cast<void>(add_tree(path, &changes).has_value());
  }
}

}  // namespace millrace::dev
