// Cgroups put each worker into a control group of its own, opt-in, where the server may make some (a
// service with `Delegate=yes`, a container's root): the kernel then holds the worker and all it has
// started to its memory at once, and what a worker leaves behind ends with it.
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

/// A worker's group. Destroying it kills what is still inside and removes it.
class Cgroup {
 public:
  /// `folder` exists.
  explicit Cgroup(std::filesystem::path folder);
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;
  ~Cgroup();

  /// Puts this process into it; false where it cannot. Between fork and exec: async-signal-safe.
  [[nodiscard]] bool enter() const;

 private:
  std::filesystem::path folder_;
  base::UniqueFd processes_;
};

/// Makes groups. Belongs to the loop's thread.
class Cgroups {
 public:
  /// Below this process's own group (cgroup v2), from which it moves into one beside the workers';
  /// the same with each call.
  /// Errors where there is none that it may write.
  [[nodiscard]] static base::Result<std::shared_ptr<Cgroups>> open();

  /// The same below `folder`, which stays as it is.
  explicit Cgroups(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// A new group. Limits whose controller is not there (the server holds to them, too) are passed
  /// over.
  [[nodiscard]] base::Result<std::unique_ptr<Cgroup>> make(const CgroupLimits& limits);

 private:
  std::filesystem::path folder_;
  std::uint64_t made_ = 0;
};

}  // namespace millrace::workers
