// FrameInput reads a worker's link and cuts what comes into frames for the host.
#pragma once

#include <cstdint>
#include <string>

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
  FrameInput(int link, Host& host) : link_(link), host_(host) {}

  /// Reads once and hands the frames on.
  [[nodiscard]] Ending read();

 private:
  const int link_;
  Host& host_;
  std::string input_;
};

}  // namespace millrace::native
