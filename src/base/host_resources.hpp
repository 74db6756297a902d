// What this process may use of the machine: memory and CPUs, by the container's limits (control groups
// of version 1 and 2, the CPU affinity) where they say less than the machine has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace millrace::base {

/// What the control groups of a process allow it: its own group and all above it, the least of them.
struct GroupLimits {
  /// Bytes; nothing where no group limits it.
  std::optional<std::uint64_t> memory;
  /// CPU time per time: 1.5 is a core and a half. Nothing where no group limits it.
  std::optional<double> cpus;
};

/// Reads them below `root`: "/" but in tests, which lay out their own /proc and /sys/fs/cgroup. What
/// cannot be read limits nothing.
[[nodiscard]] GroupLimits group_limits(const std::filesystem::path& root = "/");

/// Bytes of memory that this process and its children may use together.
[[nodiscard]] std::uint64_t usable_memory();

/// CPUs that they may keep busy at a time; 1 at least. A part of a CPU counts as one.
[[nodiscard]] std::size_t usable_cpus();

}  // namespace millrace::base
