// Outbox buffers the frames that a worker has made and the server has not taken yet, so that many
// are sent at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "link/frame_encoder.hpp"

namespace millrace::native {

/// Any thread can append and flush; frames are sent in the order in which they were appended.
class Outbox {
 public:
  Outbox() = default;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  virtual ~Outbox() = default;

  /// Calls `write(std::string& out)` to append frames.
  template <class Write>
  void append(Write&& write) {
    {
      const std::lock_guard lock(mutex_);
      write(waiting_);
    }
    on_append();
  }

  void append(link::Kind kind, std::uint64_t stream, std::string_view payload, bool end = false) {
    append([&](std::string& out) { link::append_frame(out, kind, stream, payload, end); });
  }

  /// Sends the buffered frames now.
  virtual void flush() = 0;

 protected:
  /// Frames are buffered. Called from the thread that appended them, without the lock.
  virtual void on_append() {}

  /// Replaces the content of `frames` by the buffered frames. Returns false if there are none.
  bool take_waiting(std::string& frames) {
    frames.clear();
    if (frames.capacity() > kMaxRetained) frames.shrink_to_fit();
    const std::lock_guard lock(mutex_);
    frames.swap(waiting_);
    return !frames.empty();
  }

  [[nodiscard]] bool waits() {
    const std::lock_guard lock(mutex_);
    return !waiting_.empty();
  }

 private:
  /// A buffer that has grown beyond this is released after a burst.
  static constexpr std::size_t kMaxRetained = std::size_t{256} * 1024;

  std::mutex mutex_;
  std::string waiting_;
};

}  // namespace millrace::native
