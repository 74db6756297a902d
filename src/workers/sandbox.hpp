// Sandbox restricts what a worker of a sandboxed pool can access: the runtime, the project without
// its secrets, declared folders, a temporary folder of its own, and the network. The kernel
// enforces this (a mount namespace, Landlock, seccomp, no new privileges, no capabilities), for
// native addons too. Node.js's own permission model denies writes and child processes earlier, with
// clearer messages. docs/sandbox.md has the complete list.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "workers/mount_view.hpp"
#include "workers/system_calls.hpp"
#include "workers/temporary_folder.hpp"

namespace millrace::workers {

/// The places that a sandbox is made from; all absolute.
struct SandboxPlaces {
  std::filesystem::path root;
  /// The runtime's folder, and the Node.js program.
  std::filesystem::path share;
  std::filesystem::path node;
  /// Writable folders. They must exist.
  std::vector<std::filesystem::path> data;
};

/// Immutable, except for its temporary folder, which is removed with it. Any thread.
class Sandbox {
 public:
  /// Creates a sandbox and tests it in a process of its own. Errors: a data folder is missing or
  /// contains the project, or the kernel cannot give one of the guarantees; the message says which,
  /// and what to do.
  [[nodiscard]] static base::Result<std::shared_ptr<const Sandbox>> make(
      const SandboxPlaces& places);
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// Applies the sandbox to this process permanently; the process can then start its program as
  /// exec_gate.hpp describes, with the returned descriptor. Returns -1 with errno if the kernel
  /// refuses; the process must then end. Called between fork and exec: async-signal-safe.
  [[nodiscard]] int enter() const;

  /// Returns the Node.js flags that enable its permission model.
  [[nodiscard]] std::vector<std::string> node_flags() const;

  /// Returns the variables ("NAME=value") of `all` that every process needs and those listed in
  /// `names`; HOME and TMPDIR are set to the temporary folder.
  [[nodiscard]] std::vector<std::string> environment(const std::vector<std::string>& all,
                                                     const std::vector<std::string>& names) const;

 private:
  /// What is allowed for a place and everything below it. Allows nothing if another file has
  /// replaced the place since.
  struct Rule {
    std::string path;
    std::uint64_t access = 0;
    dev_t device = 0;
    ino_t inode = 0;
  };

  Sandbox(SystemCalls calls, int landlock);
  void allow_reading(const std::filesystem::path& path);
  void allow(const std::filesystem::path& path, std::uint64_t access);
  void allow_system();
  [[nodiscard]] base::Result<void> allow_data(const SandboxPlaces& places);
  [[nodiscard]] bool restrict_files() const;
  [[nodiscard]] base::Result<void> try_out() const;
  [[nodiscard]] const char* find_missing_guarantee() const;

  TemporaryFolder temporary_;
  std::vector<std::filesystem::path> writable_;
  std::vector<Rule> rules_;
  std::uint64_t handled_ = 0;
  std::uint64_t scoped_ = 0;
  SystemCalls calls_;
  std::unique_ptr<MountView> view_;
};

}  // namespace millrace::workers
