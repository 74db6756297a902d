// The head of a chunk, and the trailer section that follows the last one (RFC 9112 §7.1), judged by
// the grammar before the body's reader sees them: chunk lines are where two readers disagree most.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::http {

enum class ChunkHead : std::uint8_t {
  valid,
  /// More must come before it can be told.
  incomplete,
  invalid,
};

/// Judges the chunk head that `text` begins with: size, extensions, CRLF; with a size of 0 also the
/// trailer section and the empty line. The size may have at most 16 digits.
[[nodiscard]] ChunkHead judge_chunk_head(std::string_view text);

}  // namespace millrace::http
