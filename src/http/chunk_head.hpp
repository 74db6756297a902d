// Validates the head of a chunk, and the trailer section after the last chunk (RFC 9112 §7.1),
// against the grammar before the body's parser sees them: parsers differ most in what they accept
// there.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::http {

enum class ChunkHead : std::uint8_t {
  valid,
  /// More input is needed.
  incomplete,
  invalid,
};

/// Validates the chunk head that `text` begins with: size, extensions, CRLF; after a size of 0 also
/// the trailer section and the empty line. The size may have at most 16 digits.
[[nodiscard]] ChunkHead validate_chunk_head(std::string_view text);

}  // namespace millrace::http
