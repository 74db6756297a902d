// StandardOutput writes to the process's standard output and standard error on a thread of its own,
// so that a slow reader never blocks the process. The queue is bounded; beyond that, lines are
// dropped and counted, and their number is written once there is room again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/line_writer.hpp"

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

  /// The same, but where the queue is full it returns false, and the text does not count as dropped.
  [[nodiscard]] static bool offer(int descriptor, std::string_view text);

  /// Returns whether a text of that size can be offered now.
  [[nodiscard]] static bool has_room(std::size_t size);

  /// Returns how many texts have been dropped since the process has a StandardOutput; 0 without one.
  /// Any thread.
  [[nodiscard]] static std::uint64_t dropped();

  /// Bytes that wait now. Any thread.
  [[nodiscard]] std::size_t waiting() const { return writer_->waiting(); }

 private:
  struct Current;

  static Current& current();

  std::shared_ptr<LineWriter> writer_;
};

}  // namespace millrace::base
