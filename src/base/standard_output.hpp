// StandardOutput writes to the process's standard output and errors in a thread of its own, so that
// nobody in the process waits for whoever reads them. What a slow reader leaves waiting is bounded;
// beyond that lines are dropped, counted, and their number written once there is room again.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace millrace::base {

/// One in a process, while its log is written. Destroying it waits for what has been written, at most a
/// second for a reader that takes nothing.
class StandardOutput {
 public:
  /// Bytes that wait for the reader.
  static constexpr std::size_t kMostWaiting = 1'048'576;

  StandardOutput();
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;
  ~StandardOutput();

  /// Writes `text`, whole lines, to `descriptor` after all that was given before. Any thread. Written at
  /// once, by the caller, where there is no StandardOutput.
  static void write(int descriptor, std::string_view text);

  /// Bytes that wait now. Any thread.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Queue;

  struct Current;

  static Current& current();

  std::shared_ptr<Queue> queue_;
};

/// Writes all of `text` to `descriptor`, and waits for as long as that takes; false where it cannot be.
bool write_all(int descriptor, std::string_view text);

}  // namespace millrace::base
