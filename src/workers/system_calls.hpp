// SystemCalls is the list of system calls that a worker in a sandbox may make, as a seccomp filter made
// by libseccomp: what Node.js, native routes and their libraries need of their own process, of files
// that they may open and of the network. All others fail; docs/sandbox.md says which a user may miss.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "base/result.hpp"

namespace millrace::workers {

/// Immutable. Any thread.
class SystemCalls {
 public:
  /// Errors where libseccomp or the kernel knows no such filter.
  [[nodiscard]] static base::Result<SystemCalls> make();

  /// Holds this process to the list, for good, with calls that start a program waiting for whoever
  /// reads the descriptor that is returned (exec_gate.hpp): once it is closed, they fail. -1 and errno
  /// where the kernel refused. Needs no_new_privs. Async-signal-safe.
  [[nodiscard]] int install() const;

 private:
  explicit SystemCalls(std::vector<sock_filter> program) : program_(std::move(program)) {}

  std::vector<sock_filter> program_;
};

}  // namespace millrace::workers
