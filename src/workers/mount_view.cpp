#include "workers/mount_view.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace millrace::workers {

namespace {

constexpr std::size_t kMostFolders = 64;

bool write_file(const char* path, std::string_view text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  return written;
}

bool set_flags(int place, const char* path, std::uint64_t flags) {
  struct mount_attr attributes {};
  attributes.attr_set = flags;
  return ::mount_setattr(place, path, AT_EMPTY_PATH | AT_RECURSIVE, &attributes,
                         sizeof attributes) == 0;
}

}  // namespace

base::Result<MountView> MountView::make(const std::vector<std::filesystem::path>& writable) {
  if (writable.size() > kMostFolders) {
    return base::Error(base::ErrorCode::invalid,
                       "millrace.toml: sandbox: data: expected at most 63 folders, found " +
                           std::to_string(writable.size() - 1) + "; name their parent folder");
  }
  MountView view;
  for (const std::filesystem::path& path : writable) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) {
      return base::Error::from_errno(
          "millrace.toml: sandbox: cannot read the attributes of " + path.string(), errno);
    }
    view.writable_.push_back(
        {.path = path.string(), .device = found.st_dev, .inode = found.st_ino});
  }
  // Sorted so that a folder inside another is mounted after it, onto the new mount.
  std::sort(view.writable_.begin(), view.writable_.end(),
            [](const Folder& a, const Folder& b) { return a.path.size() < b.path.size(); });
  const auto only = [](std::uint64_t id) {
    return std::to_string(id) + " " + std::to_string(id) + " 1";
  };
  view.users_ = only(::geteuid());
  view.groups_ = only(::getegid());
  return view;
}

bool MountView::own_namespace() const {
  if (::unshare(CLONE_NEWNS) == 0) return true;
  if (errno != EPERM) return false;
  return ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
         write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/uid_map", users_) &&
         write_file("/proc/self/gid_map", groups_);
}

bool MountView::enter() const {
  if (!own_namespace() || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return false;
  }
  std::array<int, kMostFolders> trees{};
  for (std::size_t i = 0; i < writable_.size(); ++i) {
    // Cloned before everything becomes read-only.
    trees[i] = ::open_tree(AT_FDCWD, writable_[i].path.c_str(),
                           OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    struct stat found {};
    if (trees[i] < 0 || ::fstat(trees[i], &found) != 0) return false;
    if (found.st_dev != writable_[i].device || found.st_ino != writable_[i].inode) {
      // Another folder has replaced it since it was checked.
      errno = ESTALE;
      return false;
    }
  }
  if (!set_flags(AT_FDCWD, "/", MOUNT_ATTR_RDONLY)) return false;
  for (std::size_t i = 0; i < writable_.size(); ++i) {
    if (!set_flags(trees[i], "", MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV) ||
        ::move_mount(trees[i], "", AT_FDCWD, writable_[i].path.c_str(), MOVE_MOUNT_F_EMPTY_PATH) !=
            0) {
      return false;
    }
    ::close(trees[i]);
  }
  return true;
}

bool MountView::holds() const {
  struct statvfs found {};
  if (::statvfs("/", &found) != 0 || (found.f_flag & ST_RDONLY) == 0) return false;
  return std::all_of(writable_.begin(), writable_.end(), [&found](const Folder& folder) {
    return ::statvfs(folder.path.c_str(), &found) == 0 && (found.f_flag & ST_NOEXEC) != 0;
  });
}

}  // namespace millrace::workers
