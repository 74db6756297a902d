// Compression of responses: which media types are worth it, and the coding itself, flushed so that
// each piece can be decoded at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/content_coding.hpp"
#include "http/encoder.hpp"

namespace millrace::http {

/// Returns whether content of this Content-Type is worth compressing: text, and the types that the
/// media type database marks as compressible.
[[nodiscard]] bool is_compressible(std::string_view content_type);

/// Returns whether a Content-Type is that of a stream that may stay open for hours (event streams).
[[nodiscard]] bool is_long_lived(std::string_view content_type);

/// How much a compressor tries, by its coding. Each library's own scale.
struct CompressionLevels {
  /// 1 to 9; also for deflate.
  int gzip = 6;
  /// 1 to 6.
  int br = 4;
  /// 1 to 9.
  int zstd = 3;
};

/// Compresses one body. Used by one thread at a time. Its state is bounded: for gzip and deflate 256
/// KB, or 32 KB where `memory` is small; for Zstandard 704 KB or 96 KB; for Brotli 2 MB.
class Compressor {
 public:
  /// `coding`: any but identity.
  explicit Compressor(Coding coding, Memory memory = Memory::full,
                      const CompressionLevels& levels = {});

  /// Returns false where memory could not be allocated; the compressor must not be used then.
  [[nodiscard]] bool usable() const { return encoder_ != nullptr; }

  /// Appends `bytes`, compressed and flushed, to `out`: a client can decode everything appended so
  /// far. `end`: the body is complete. Returns false where memory is exhausted; the body cannot be
  /// continued then.
  [[nodiscard]] bool append(std::string_view bytes, bool end, std::string& out);

  /// As append(), but without a flush, for a part whose rest follows at once.
  [[nodiscard]] bool append_part(std::string_view bytes, std::string& out);

  /// The bytes of memory that the state holds now; it must be usable().
  [[nodiscard]] std::size_t memory() const { return encoder_->memory(); }

 private:
  std::unique_ptr<Encoder> encoder_;
};

}  // namespace millrace::http
