// TemporaryFolder is the folder in which a sandboxed pool may write, in the system's folder for
// temporary files. It is removed with its owner; if the server was killed, by the next server that
// creates one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace millrace::workers {

/// Holds a lock (flock) on the folder, so that other servers of this user know that it is in use,
/// those in other PID namespaces too. Move only; any thread.
class TemporaryFolder {
 public:
  /// How the names of the folders begin.
  static constexpr std::string_view kPrefix = "millrace-sandbox-";

  /// The most entries of the parent that are searched for abandoned folders.
  static constexpr std::size_t kMostSearched = 100'000;

  /// Creates a folder in `parent`, with mode 0700, and removes those of this user there whose
  /// owners are gone. Errors: the folder cannot be created or locked.
  [[nodiscard]] static base::Result<TemporaryFolder> make(const std::filesystem::path& parent);

  TemporaryFolder() = default;
  TemporaryFolder(TemporaryFolder&& other) noexcept
      : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}
  TemporaryFolder& operator=(TemporaryFolder&& other) noexcept;
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { remove(); }

  /// The folder's path without symbolic links; empty where there is none.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  TemporaryFolder(std::filesystem::path path, base::UniqueFd lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}
  void remove();

  std::filesystem::path path_;
  base::UniqueFd lock_;
};

}  // namespace millrace::workers
