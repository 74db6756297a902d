// The sizes at which a request is refused while it is still being read.
#pragma once

#include <cstddef>

namespace millrace::http {

/// Bytes of a request's head, request line and all fields, where nothing else is said. More is answered
/// 431 (RFC 6585 §5), or 414 where the target alone is too long. Node.js has the same limit.
inline constexpr std::size_t kMaxHeadBytes = 16 * 1024;

/// Bytes of a chunk's head with its extensions, or of a trailer section. More is answered 431.
inline constexpr std::size_t kMaxChunkHeadBytes = 8 * 1024;

}  // namespace millrace::http
