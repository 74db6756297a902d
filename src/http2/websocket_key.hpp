// The nonce of a WebSocket's opening handshake in HTTP/1.1 (RFC 6455 §4.1), for one that HTTP/2 opened
// without.
#pragma once

#include <string>

namespace millrace::http2 {

/// Returns 16 random bytes in base64.
[[nodiscard]] std::string websocket_key();

}  // namespace millrace::http2
