// ChildOutput carries a sandboxed worker's standard output or standard error: a pipe of which the
// worker has only the write end, so that it can append to the server's log but not truncate or
// overwrite it. The server copies the output line by line. A worker that writes faster than the
// server reads blocks.
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
  /// Writes lines to `target`: the process's standard output or standard error
  /// (base::StandardOutput), or another descriptor that outlives this object. A line longer than 16
  /// KB is written in pieces.
  [[nodiscard]] static base::Result<std::unique_ptr<ChildOutput>> make(net::EventLoop& loop,
                                                                       int target);
  ChildOutput(const ChildOutput&) = delete;
  ChildOutput& operator=(const ChildOutput&) = delete;
  ~ChildOutput() = default;

  /// Returns the child's end of the pipe, until release() is called.
  [[nodiscard]] int child_end() const { return child_end_.get(); }
  /// Call when the child has inherited its end.
  void release() { child_end_.reset(); }

  /// Writes the rest of the output, once the child has ended.
  void finish();

 private:
  ChildOutput(net::EventLoop& loop, base::UniqueFd reading, base::UniqueFd child_end, int target);
  /// Returns false at the end of the output, or if nothing more is available now.
  bool read();
  void write_lines(bool all);

  int target_;
  base::UniqueFd child_end_;
  std::string rest_;
  std::unique_ptr<net::ReadableWatch> watch_;
};

}  // namespace millrace::workers
