// MountView is how the file system looks to a worker in a sandbox, in a mount namespace of its own:
// all of it read-only, so that not even modes and times change there, but for the folders that it may
// write to, from which nothing can be loaded as code (noexec), no addon and no program.
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
  /// `writable`: absolute folders without symbolic links. Errors where one is gone, or they are more
  /// than 64.
  [[nodiscard]] static base::Result<MountView> make(
      const std::vector<std::filesystem::path>& writable);

  /// Moves this process into such a view, for good; false and errno where the kernel refused: an
  /// ordinary user needs its leave to make a user namespace. Async-signal-safe.
  [[nodiscard]] bool enter() const;

  /// Whether this process is in it: all is read-only or noexec as it should be. Async-signal-safe.
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
  /// For the user namespace of an ordinary user: nobody but itself.
  std::string users_;
  std::string groups_;
};

}  // namespace millrace::workers
