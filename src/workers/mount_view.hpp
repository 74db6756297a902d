// MountView is the file system as a sandboxed worker sees it, in a mount namespace of its own.
// Everything is read-only, including modes and times, except the writable folders; these are
// noexec, so that no program or addon can be loaded from them.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace millrace::workers {

/// Immutable. Any thread.
class MountView {
 public:
  /// `writable` holds absolute folders without symbolic links. Errors: a folder is missing, or
  /// there are more than 64.
  [[nodiscard]] static base::Result<MountView> make(
      const std::vector<std::filesystem::path>& writable);

  /// Moves this process into the view permanently. Returns false with errno if the kernel refuses;
  /// an unprivileged user needs permission to create a user namespace. Async-signal-safe.
  [[nodiscard]] bool enter() const;

  /// Returns whether this process is in the view, that is, whether each mount is read-only or
  /// noexec as required. Async-signal-safe.
  [[nodiscard]] bool holds() const;

 private:
  struct Folder {
    std::string path;
    dev_t device = 0;
    ino_t inode = 0;
  };

  MountView() = default;
  [[nodiscard]] bool own_namespace() const;

  std::vector<Folder> writable_;
  /// For the user namespace of an unprivileged user, which maps only that user.
  std::string users_;
  std::string groups_;
};

}  // namespace millrace::workers
