// Sandbox is what a worker may reach of the machine when its pool is boxed in: the runtime, the
// project without its secrets, declared folders, a temporary folder of its own, the network. The kernel
// holds it to that (a mount namespace, Landlock, seccomp, no new privileges, no capabilities), so that
// native addons are held, too; Node.js's own permission model denies writing and child processes
// earlier, in clearer words. docs/sandbox.md lists it all.
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

namespace millrace::workers {

/// What a sandbox is made of; all absolute.
struct SandboxPlaces {
  std::filesystem::path root;
  /// The runtime's folder, and the Node.js program.
  std::filesystem::path share;
  std::filesystem::path node;
  /// Folders that may be written to. They must exist.
  std::vector<std::filesystem::path> data;
};

/// Immutable, but for its temporary folder, which goes with it. Any thread.
class Sandbox {
 public:
  /// Has tried it out, in a process of its own. Errors where a data folder is missing or holds
  /// secrets, or the kernel cannot give one of the guarantees: which, and what would help.
  [[nodiscard]] static base::Result<std::shared_ptr<const Sandbox>> make(
      const SandboxPlaces& places);
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  ~Sandbox();

  /// Boxes this process in, for good, with its program still to start: exec_gate.hpp says how, with
  /// the descriptor that is returned. -1 and errno where the kernel refused: then it must end.
  /// Between fork and exec: async-signal-safe.
  [[nodiscard]] int enter() const;

  /// Flags of Node.js that put its permission model to work.
  [[nodiscard]] std::vector<std::string> node_flags() const;

  /// The variables ("NAME=value") of `all` that every process needs and those in `names`; HOME and
  /// TMPDIR are the temporary folder.
  [[nodiscard]] std::vector<std::string> environment(const std::vector<std::string>& all,
                                                     const std::vector<std::string>& names) const;

 private:
  /// What is allowed at a place and below; nothing where another file has taken its place since.
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
  [[nodiscard]] const char* find_open_door() const;

  std::filesystem::path temporary_;
  std::vector<std::filesystem::path> writable_;
  std::vector<Rule> rules_;
  std::uint64_t handled_ = 0;
  std::uint64_t scoped_ = 0;
  SystemCalls calls_;
  std::unique_ptr<MountView> view_;
};

}  // namespace millrace::workers
