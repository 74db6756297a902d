// The builds of a project on disk. Each has its own folder below .millrace/builds, which does not
// change once it is complete; the pointer .millrace/current names the build to serve. A rollback
// changes the pointer; a running server keeps the build that it serves.
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
  /// Increases with each build of the project.
  std::uint64_t number = 0;
  /// "12-386028ba9dd964e7".
  std::string name;
  /// Absolute.
  std::filesystem::path path;
  bool current = false;
};

/// The number of builds that are kept, for a rollback and for pages that were loaded from them.
inline constexpr std::size_t kKeptBuilds = 6;

/// Returns all builds in the order of their numbers. `root`: the project.
[[nodiscard]] std::vector<BuildFolder> list_builds(const std::filesystem::path& root);

/// Returns the folders of the kept builds besides `build`, the newest first: at most kKeptBuilds.
[[nodiscard]] std::vector<std::filesystem::path> other_builds(const std::filesystem::path& root,
                                                              const std::filesystem::path& build);

/// A lock that is held during a build: a second build at the same time fails with an error that
/// says so.
class BuildLock {
 public:
  [[nodiscard]] static base::Result<BuildLock> take(const std::filesystem::path& root);

 private:
  explicit BuildLock(base::UniqueFd file) : file_(std::move(file)) {}
  base::UniqueFd file_;
};

/// Returns the folder for the next build, which does not exist yet. Requires a BuildLock.
[[nodiscard]] std::filesystem::path next_build(const std::filesystem::path& root,
                                               const std::string& build_id);

/// Makes a build the current one, atomically.
[[nodiscard]] base::Result<void> make_current(const std::filesystem::path& root,
                                              const std::filesystem::path& build);

/// Returns the current build's folder, with symbolic links resolved; not_found where there is none.
[[nodiscard]] base::Result<std::filesystem::path> current_build(const std::filesystem::path& root);

/// Returns the folder of the build of that name; not_found where there is none.
[[nodiscard]] base::Result<std::filesystem::path> named_build(const std::filesystem::path& root,
                                                              std::string_view name);

/// Makes the build before the current one current and returns it; not_found where there is none.
[[nodiscard]] base::Result<BuildFolder> roll_back(const std::filesystem::path& root);

/// Removes all builds but the newest `kept`, the current one, and those in use.
void remove_old_builds(const std::filesystem::path& root, std::size_t kept);

/// Prevents the removal of a build during its lifetime.
class BuildInUse {
 public:
  /// Does nothing where the file system has no locks or is read-only: builds are not removed there
  /// either.
  explicit BuildInUse(const std::filesystem::path& build);

 private:
  base::UniqueFd file_;
};

}  // namespace millrace::project
