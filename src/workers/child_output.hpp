// ChildOutput is where a sandboxed worker's standard output or errors go: a pipe, of which it has the
// writing end only, so that it can add to the server's log and not empty or overwrite it. What comes is
// written on by line. A worker that writes faster than the server reads waits by itself.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "net/event_loop.hpp"
#include "net/readable_watch.hpp"

namespace millrace::workers {

/// Belongs to the loop's thread.
class ChildOutput {
 public:
  /// Lines go to `target`, the process's standard output or errors (base::StandardOutput) or another
  /// descriptor that outlives this, a longer one than 16 KB in pieces.
  [[nodiscard]] static base::Result<std::unique_ptr<ChildOutput>> make(net::EventLoop& loop,
                                                                       int target);
  ChildOutput(const ChildOutput&) = delete;
  ChildOutput& operator=(const ChildOutput&) = delete;
  ~ChildOutput() = default;

  /// The child's end, until release().
  [[nodiscard]] int child_end() const { return child_end_.get(); }
  /// Once the child has it.
  void release() { child_end_.reset(); }

  /// Writes what has come and not been read, once the child has ended.
  void finish();

 private:
  ChildOutput(net::EventLoop& loop, base::UniqueFd reading, base::UniqueFd child_end, int target);
  /// False at its end, or where there is nothing more for now.
  bool read();
  void write_lines(bool all);

  int target_;
  base::UniqueFd child_end_;
  std::string rest_;
  std::unique_ptr<net::ReadableWatch> watch_;
};

}  // namespace millrace::workers
