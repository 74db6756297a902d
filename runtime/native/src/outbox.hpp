// Outbox holds the frames that threads of a worker have made and the link has not taken yet, so that
// many of them leave in one write.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "link/frame_encoder.hpp"

namespace millrace::native {

/// Any thread may append and flush; frames leave in the order in which they were appended.
class Outbox {
 public:
  /// Writes to the non-blocking descriptor, which it does not own. `stalled` is called, from the
  /// thread that flushes, when the other side takes no more: whoever waits for the descriptor
  /// flushes again when it can be written to.
  Outbox(int descriptor, std::function<void()> stalled)
      : descriptor_(descriptor), stalled_(std::move(stalled)) {}
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Calls `write(std::string& out)` to append frames.
  template <class Write>
  void append(Write&& write) {
    const std::lock_guard lock(mutex_);
    write(waiting_);
  }

  void append(link::Kind kind, std::uint32_t stream, std::string_view payload, bool end = false) {
    const std::lock_guard lock(mutex_);
    link::append_frame(waiting_, kind, stream, payload, end);
  }

  /// Sends what waits, as far as the other side takes it.
  void flush();

  /// Bytes that wait.
  [[nodiscard]] std::size_t size();

 private:
  const int descriptor_;
  const std::function<void()> stalled_;
  std::mutex mutex_;
  std::string waiting_;
  /// Held while bytes are written, so that batches do not mix.
  std::mutex writing_;
  std::string sending_;
  std::size_t sent_ = 0;
};

}  // namespace millrace::native
