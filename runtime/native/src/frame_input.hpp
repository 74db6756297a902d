// FrameInput reads a worker's link and splits the bytes into frames for the session.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "worker_session.hpp"

namespace millrace::native {

/// Why a worker ends.
enum class Ending : std::uint8_t {
  none,
  /// The server has requested it, and nothing was left to do.
  drained,
  server_gone,
  protocol_error,
};

/// Belongs to the link's thread.
class FrameInput {
 public:
  /// `link`: non-blocking; the caller owns it.
  FrameInput(int link, WorkerSession& session);

  /// Reads once and passes the complete frames to the session.
  [[nodiscard]] Ending read();

 private:
  const int link_;
  WorkerSession& session_;
  /// `have_` bytes at the front have been read and not parsed.
  std::vector<char> bytes_;
  std::size_t have_ = 0;
};

}  // namespace millrace::native
