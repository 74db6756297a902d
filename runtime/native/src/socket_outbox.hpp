// SocketOutbox sends a worker's frames to the server that started its process.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "outbox.hpp"

namespace millrace::native {

class SocketOutbox final : public Outbox {
 public:
  /// Writes to the non-blocking socket, which the caller owns. `stalled` is called, from the thread
  /// that flushes, when the socket accepts no more bytes: the caller must flush again when it is
  /// writable.
  SocketOutbox(int socket, std::function<void()> stalled)
      : socket_(socket), stalled_(std::move(stalled)) {}

  void flush() override;

  /// Whether all appended frames have been sent.
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
