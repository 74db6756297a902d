// Outbox holds the frames that a worker has made and the server has not taken yet, so that many of
// them leave at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "link/frame_encoder.hpp"

namespace millrace::native {

/// Any thread may append and flush; frames leave in the order in which they were appended.
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

  /// Has what waits leave now.
  virtual void flush() = 0;

 protected:
  /// Something waits. From the thread that appended it, which does not hold the lock.
  virtual void on_append() {}

  /// Puts what waits in place of what `frames` holds; false where nothing does.
  bool take_waiting(std::string& frames) {
    frames.clear();
    if (frames.capacity() > kKept) frames.shrink_to_fit();
    const std::lock_guard lock(mutex_);
    frames.swap(waiting_);
    return !frames.empty();
  }

  [[nodiscard]] bool waits() {
    const std::lock_guard lock(mutex_);
    return !waiting_.empty();
  }

 private:
  /// A buffer that has grown beyond this is given back after a burst.
  static constexpr std::size_t kKept = std::size_t{256} * 1024;

  std::mutex mutex_;
  std::string waiting_;
};

}  // namespace millrace::native
