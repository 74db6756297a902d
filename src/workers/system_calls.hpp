// SystemCalls is the list of system calls that a sandboxed worker may make, as a seccomp filter
// built with libseccomp: what Node.js, native routes and their libraries need for their own
// process, for files that they may open, and for the network. All others fail; docs/sandbox.md says
// which ones users may miss.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "base/result.hpp"

namespace millrace::workers {

/// Immutable. Any thread.
class SystemCalls {
 public:
  /// Error: libseccomp or the kernel does not support such a filter.
  [[nodiscard]] static base::Result<SystemCalls> make();

  /// Restricts this process to the list permanently. Calls that start a program wait for the
  /// process that reads the returned descriptor (exec_gate.hpp), and fail once it is closed.
  /// Returns -1 with errno if the kernel refuses. Requires no_new_privs. Async-signal-safe.
  [[nodiscard]] int install() const;

 private:
  explicit SystemCalls(std::vector<sock_filter> program) : program_(std::move(program)) {}

  std::vector<sock_filter> program_;
};

}  // namespace millrace::workers
