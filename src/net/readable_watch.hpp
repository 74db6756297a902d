// ReadableWatch calls back whenever a file descriptor that is not a stream becomes readable: a
// pidfd when its process ends, an inotify descriptor when files change.
#pragma once

#include <functional>
#include <memory>

#include "base/unique_fd.hpp"
#include "net/event_loop.hpp"

namespace millrace::net {

/// Owns the descriptor. Belongs to the loop's thread. The callback must read the available data, or
/// it is called again at once; it may destroy the watch.
class ReadableWatch {
 public:
  ReadableWatch(EventLoop& loop, base::UniqueFd fd, std::function<void()> on_readable);
  ReadableWatch(const ReadableWatch&) = delete;
  ReadableWatch& operator=(const ReadableWatch&) = delete;
  ~ReadableWatch();

  [[nodiscard]] int fd() const;

  /// Gives the descriptor up; the callback is not called any more.
  [[nodiscard]] base::UniqueFd release();

 private:
  struct Impl;
  static void wait(const std::shared_ptr<Impl>& impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace millrace::net
