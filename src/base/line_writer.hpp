// LineWriter writes lines to descriptors on a thread of its own, so that a slow reader or disk never
// blocks the caller. What waits is bounded; beyond that, lines are dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace millrace::base {

/// Can be used from any thread. The destructor waits until everything is written, for at most a
/// second where nothing is taken.
class LineWriter {
 public:
  /// `most_waiting`: the maximum of bytes that wait to be written. `kept` lives as long as the
  /// thread, which may be blocked when the writer is destroyed: the owner of the descriptor.
  explicit LineWriter(std::size_t most_waiting, std::shared_ptr<const void> kept = nullptr);
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  ~LineWriter();

  /// Writes `text`, complete lines, to `descriptor`, after everything written before. Where it does
  /// not fit it is dropped and counted, and the count is written to standard error once there is
  /// room.
  void write(int descriptor, std::string_view text);

  /// The same, but where the text does not fit it returns false and counts nothing.
  [[nodiscard]] bool offer(int descriptor, std::string_view text);

  /// Returns whether a text of that size can be offered now.
  [[nodiscard]] bool has_room(std::size_t size) const;

  /// Returns how many texts have been dropped since the beginning.
  [[nodiscard]] std::uint64_t dropped() const;

  /// Bytes that wait now.
  [[nodiscard]] std::size_t waiting() const;

  /// Returns errno of the last write that failed since the last call, or 0.
  [[nodiscard]] int take_failure();

 private:
  struct Queue;

  std::shared_ptr<Queue> queue_;
};

/// Writes all of `text` to `descriptor`, blocking as long as necessary; returns false where that
/// fails.
bool write_all(int descriptor, std::string_view text);

}  // namespace millrace::base
