// The error codes of HTTP/2 (RFC 9113 §7) that this server sends or tells apart.
#pragma once

#include <cstdint>

namespace millrace::http2 {

/// Any other value can come from a client.
enum class ErrorCode : std::uint32_t {
  no_error = 0,
  protocol_error = 1,
  internal_error = 2,
  flow_control_error = 3,
  settings_timeout = 4,
  stream_closed = 5,
  frame_size_error = 6,
  refused_stream = 7,
  cancel = 8,
  compression_error = 9,
  connect_error = 10,
  enhance_your_calm = 11,
};

}  // namespace millrace::http2
