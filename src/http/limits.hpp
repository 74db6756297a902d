// The sizes at which a request is rejected while it is being read.
#pragma once

#include <cstddef>

namespace millrace::http {

/// The default maximum of a request head in bytes, request line and all fields included. The
/// response beyond it is 431 (RFC 6585 §5), or 414 where the target alone is too long. Node.js has
/// the same limit.
inline constexpr std::size_t kMaxHeadBytes = 16 * 1024;

/// The maximum of a chunk head with its extensions, or of a trailer section, in bytes. The response
/// beyond it is 431.
inline constexpr std::size_t kMaxChunkHeadBytes = 8 * 1024;

}  // namespace millrace::http
