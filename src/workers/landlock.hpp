// The parts of the kernel's Landlock interface that Millrace uses. This system's headers are older
// than many kernels.
#pragma once

#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace millrace::workers::landlock {

struct RulesetAttributes {
  std::uint64_t handled_access_fs = 0;
  std::uint64_t handled_access_net = 0;
  std::uint64_t scoped = 0;
};

inline constexpr std::uint64_t kRefer = std::uint64_t{1} << 13U;
inline constexpr std::uint64_t kTruncate = std::uint64_t{1} << 14U;
inline constexpr std::uint64_t kIoctl = std::uint64_t{1} << 15U;
inline constexpr std::uint64_t kFirst = (std::uint64_t{1} << 13U) - 1;

/// Abstract sockets, and signals to processes outside.
inline constexpr std::uint64_t kScopes = 3;

inline constexpr std::uint64_t kReadFile = LANDLOCK_ACCESS_FS_READ_FILE;
inline constexpr std::uint64_t kRead = kReadFile | LANDLOCK_ACCESS_FS_READ_DIR;
inline constexpr std::uint64_t kWriteFile =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate | kIoctl;

/// Returns the kernel's Landlock version, or 0 if it has none.
inline int abi() {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < 0 ? 0 : static_cast<int>(version);
}

/// Returns the access rights that a kernel of that version can restrict.
constexpr std::uint64_t handled_by(int abi) {
  std::uint64_t all = kFirst;
  if (abi >= 2) all |= kRefer;
  if (abi >= 3) all |= kTruncate;
  if (abi >= 5) all |= kIoctl;
  return all;
}

}  // namespace millrace::workers::landlock
