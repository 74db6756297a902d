// Cgroups put each worker into a control group of its own. The feature is opt-in and needs
// permission to create groups (a service with `Delegate=yes`, a container's root). The kernel then
// enforces the memory limit for the worker and every process it has started, and ends the processes
// that a worker leaves behind.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace millrace::workers {

/// Bytes and processes; 0 for no limit.
struct CgroupLimits {
  std::uint64_t memory = 0;
  std::uint64_t processes = 0;
};

/// The control group of a worker. Destroying it kills the remaining processes and removes the
/// group.
class Cgroup {
 public:
  /// `folder` must exist.
  explicit Cgroup(std::filesystem::path folder);
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;
  ~Cgroup();

  /// Moves this process into the group; returns false on failure. Called between fork and exec:
  /// async-signal-safe.
  [[nodiscard]] bool enter() const;

 private:
  std::filesystem::path folder_;
  base::UniqueFd processes_;
};

/// Creates groups. Belongs to the loop's thread.
class Cgroups {
 public:
  /// Opens the groups below this process's own group (cgroup v2), and moves this process into a
  /// subgroup beside those of the workers. Returns the same object on each call. Error: there is no
  /// group that the process may write to.
  [[nodiscard]] static base::Result<std::shared_ptr<Cgroups>> open();

  /// Creates groups below `folder`, without moving this process.
  explicit Cgroups(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Creates a group. A limit whose controller is missing is ignored; the server enforces it too.
  [[nodiscard]] base::Result<std::unique_ptr<Cgroup>> make(const CgroupLimits& limits);

 private:
  std::filesystem::path folder_;
  std::uint64_t made_ = 0;
};

}  // namespace millrace::workers
