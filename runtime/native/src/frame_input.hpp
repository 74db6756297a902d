// FrameInput reads a worker's link and cuts what comes into frames for the host.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "host.hpp"

namespace millrace::native {

/// How a worker ended.
enum class Ending : std::uint8_t {
  none,
  /// The server had asked, and nothing was left.
  drained,
  server_gone,
  protocol_error,
};

/// Belongs to the link's thread.
class FrameInput {
 public:
  /// `link`: non-blocking; it stays the caller's.
  FrameInput(int link, Host& host);

  /// Reads once and hands the frames on.
  [[nodiscard]] Ending read();

 private:
  const int link_;
  Host& host_;
  /// Of which so many at the front have been read and not handed on.
  std::vector<char> bytes_;
  std::size_t have_ = 0;
};

}  // namespace millrace::native
