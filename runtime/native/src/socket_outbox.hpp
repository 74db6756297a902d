// SocketOutbox sends a worker's frames to the server that started its process.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "outbox.hpp"

namespace millrace::native {

class SocketOutbox final : public Outbox {
 public:
  /// Writes to the non-blocking socket, which it does not own. `stalled` is called, from the thread
  /// that flushes, when the other side takes no more: whoever waits for the socket flushes again
  /// when it can be written to.
  SocketOutbox(int socket, std::function<void()> stalled)
      : socket_(socket), stalled_(std::move(stalled)) {}

  void flush() override;

  /// Whether everything has left that was appended.
  [[nodiscard]] bool sent();

 private:
  const int socket_;
  const std::function<void()> stalled_;
  /// Held while bytes are written, so that batches do not mix.
  std::mutex writing_;
  std::string sending_;
  std::size_t sent_ = 0;
};

}  // namespace millrace::native
