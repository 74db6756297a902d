#include "socket_outbox.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace millrace::native {

void SocketOutbox::flush() {
  const std::lock_guard writing(writing_);
  for (;;) {
    if (sent_ == sending_.size()) {
      sent_ = 0;
      if (!take_waiting(sending_)) return;
    }
    const ssize_t taken =
        ::send(socket_, sending_.data() + sent_, sending_.size() - sent_, MSG_NOSIGNAL);
    if (taken > 0) {
      sent_ += static_cast<std::size_t>(taken);
      continue;
    }
    if (errno == EINTR) continue;
    // Any error but EAGAIN means that the server has closed the link, which the reader handles.
    if (errno == EAGAIN) stalled_();
    return;
  }
}

bool SocketOutbox::sent() {
  const std::lock_guard writing(writing_);
  return sent_ == sending_.size() && !waits();
}

}  // namespace millrace::native
