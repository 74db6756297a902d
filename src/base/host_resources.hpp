// Determines how much of the machine this process may use: memory and CPUs, by the container's
// limits (control groups of version 1 and 2, the CPU affinity) where these are lower than what the
// machine has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace millrace::base {

/// The lowest limits of a process's control group and its ancestors.
struct GroupLimits {
  /// In bytes; nothing where no group limits it.
  std::optional<std::uint64_t> memory;
  /// CPU time per time: 1.5 is one and a half cores. Nothing where no group limits it.
  std::optional<double> cpus;
};

/// Reads the limits from /proc and /sys/fs/cgroup below `root`, which is "/" except in tests. A
/// file that cannot be read sets no limit.
[[nodiscard]] GroupLimits group_limits(const std::filesystem::path& root = "/");

/// Returns the bytes of memory that this process and its children may use together.
[[nodiscard]] std::uint64_t usable_memory();

/// Returns the number of CPUs that they may use at the same time; at least 1. A fraction of a CPU
/// counts as one.
[[nodiscard]] std::size_t usable_cpus();

}  // namespace millrace::base
