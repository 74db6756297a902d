// StandardOutput writes to the process's standard output and standard error on a thread of its own,
// so that a slow reader never blocks the process. The queue is bounded; beyond that, lines are
// dropped and counted, and their number is written once there is room again.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace millrace::base {

/// One in a process, while it logs. The destructor waits until the queue is written, for at most a
/// second where the reader takes nothing.
class StandardOutput {
 public:
  /// The maximum of bytes that wait for the reader.
  static constexpr std::size_t kMostWaiting = 1'048'576;

  StandardOutput();
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;
  ~StandardOutput();

  /// Writes `text`, complete lines, to `descriptor`, after everything written before. Any thread.
  /// Without a StandardOutput the caller writes at once and blocks.
  static void write(int descriptor, std::string_view text);

  /// Bytes that wait now. Any thread.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Queue;

  struct Current;

  static Current& current();

  std::shared_ptr<Queue> queue_;
};

/// Writes all of `text` to `descriptor`, blocking as long as necessary; returns false where that
/// fails.
bool write_all(int descriptor, std::string_view text);

}  // namespace millrace::base
