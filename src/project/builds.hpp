// Builds of a project on disk: each in a folder of its own below .millrace/builds, never changed
// once it is there, and a pointer, .millrace/current, at the one to serve. A rollback is a change of
// the pointer; a server that runs holds what it serves.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace millrace::project {

/// A build on disk.
struct BuildFolder {
  /// Grows with each build of the project.
  std::uint64_t number = 0;
  /// "12-386028ba9dd964e7".
  std::string name;
  /// Absolute.
  std::filesystem::path path;
  bool current = false;
};

/// All that are there, by number. `root`: the project.
[[nodiscard]] std::vector<BuildFolder> list_builds(const std::filesystem::path& root);

/// Held while a build is made: a second one at the same time is an error that says so.
class BuildLock {
 public:
  [[nodiscard]] static base::Result<BuildLock> take(const std::filesystem::path& root);

 private:
  explicit BuildLock(base::UniqueFd file) : file_(std::move(file)) {}
  base::UniqueFd file_;
};

/// Where the next build is to be written: a folder that does not exist yet. Under a BuildLock.
[[nodiscard]] std::filesystem::path next_build(const std::filesystem::path& root,
                                               const std::string& build_id);

/// Makes a build the one to serve, at once for whoever looks.
[[nodiscard]] base::Result<void> make_current(const std::filesystem::path& root,
                                              const std::filesystem::path& build);

/// The real folder of the build to serve; not_found where there is none.
[[nodiscard]] base::Result<std::filesystem::path> current_build(const std::filesystem::path& root);

/// The folder of the build of that name; not_found where there is none.
[[nodiscard]] base::Result<std::filesystem::path> named_build(const std::filesystem::path& root,
                                                              std::string_view name);

/// Makes the build before the current one current, and returns it; not_found where there is none.
[[nodiscard]] base::Result<BuildFolder> roll_back(const std::filesystem::path& root);

/// Removes all builds but the newest `kept`, the current one, and those in use.
void remove_old_builds(const std::filesystem::path& root, std::size_t kept);

/// Keeps a build from being removed for as long as it lives.
class BuildInUse {
 public:
  /// Does nothing where the file system has no locks, or is read-only: nobody removes there either.
  explicit BuildInUse(const std::filesystem::path& build);

 private:
  base::UniqueFd file_;
};

}  // namespace millrace::project
