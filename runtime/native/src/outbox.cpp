#include "outbox.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace millrace::native {

void Outbox::flush() {
  const std::lock_guard writing(writing_);
  for (;;) {
    if (sent_ == sending_.size()) {
      sending_.clear();
      sent_ = 0;
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) return;
      sending_.swap(waiting_);
    }
    const ssize_t taken =
        ::send(descriptor_, sending_.data() + sent_, sending_.size() - sent_, MSG_NOSIGNAL);
    if (taken > 0) {
      sent_ += static_cast<std::size_t>(taken);
      continue;
    }
    if (errno == EINTR) continue;
    // Anything but "later" means that the server is gone, which the reader hears of.
    if (errno == EAGAIN) stalled_();
    return;
  }
}

std::size_t Outbox::size() {
  const std::lock_guard writing(writing_);
  const std::lock_guard lock(mutex_);
  return waiting_.size() + sending_.size() - sent_;
}

}  // namespace millrace::native
