// Sandbox is what a worker may reach of the machine when its pool is boxed in: the runtime, the
// project without its secrets, declared folders, a temporary folder of its own. The kernel holds it to
// that (Landlock, seccomp, no new privileges), so that native addons are held, too; Node.js's own
// permission model denies writing and child processes earlier, in clearer words. docs/sandbox.md lists it all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

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
  /// Errors where a data folder is missing, or the kernel cannot do it.
  [[nodiscard]] static base::Result<std::shared_ptr<const Sandbox>> make(
      const SandboxPlaces& places);
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  ~Sandbox();

  /// Boxes this process in, for good; false where the kernel refused: then it must end.
  /// Between fork and exec: async-signal-safe.
  [[nodiscard]] bool enter() const;

  /// Flags of Node.js that put its permission model to work.
  [[nodiscard]] std::vector<std::string> node_flags() const;

  /// The variables ("NAME=value") of `all` that every process needs and those in `names`; HOME and
  /// TMPDIR are the temporary folder.
  [[nodiscard]] std::vector<std::string> environment(const std::vector<std::string>& all,
                                                     const std::vector<std::string>& names) const;

 private:
  struct Rule {
    base::UniqueFd place;
    std::uint64_t access = 0;
  };

  Sandbox() = default;
  void allow_reading(const std::filesystem::path& path);
  void allow_writing(const std::filesystem::path& path);
  void allow(const std::filesystem::path& path, std::uint64_t access);
  void allow_project(const std::filesystem::path& root);

  std::filesystem::path temporary_;
  std::vector<std::string> writable_;
  std::vector<Rule> rules_;
  std::uint64_t handled_ = 0;
  std::uint64_t scoped_ = 0;
};

}  // namespace millrace::workers
