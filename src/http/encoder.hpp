// Encoder is the coder of one body in one content coding, over zlib, Brotli or Zstandard. Compressor
// chooses one; only this folder uses it directly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/content_coding.hpp"

namespace millrace::http {

/// The memory of a compressor.
enum class Memory : std::uint8_t {
  /// For bodies of limited length.
  full,
  /// For streams, of which many may be open.
  small,
};

/// Used by one thread at a time.
class Encoder {
 public:
  enum class Flush : std::uint8_t {
    /// The rest follows at once: bytes may be kept.
    none,
    /// Everything so far can be decoded.
    all,
    /// The body is complete.
    end,
  };

  Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  virtual ~Encoder() = default;

  /// Appends `bytes`, encoded, to `out`. Returns false where memory is exhausted; the body cannot be
  /// continued then.
  [[nodiscard]] virtual bool encode(std::string_view bytes, Flush flush, std::string& out) = 0;

  /// The bytes of memory that its state holds now.
  [[nodiscard]] virtual std::size_t memory() const = 0;
};

// Each returns null where memory could not be allocated.

/// `coding`: gzip or deflate. `level`: 1 to 9.
[[nodiscard]] std::unique_ptr<Encoder> make_deflate_encoder(Coding coding, Memory memory,
                                                            int level);
/// `level`: 1 to 6. Its state is never small.
[[nodiscard]] std::unique_ptr<Encoder> make_brotli_encoder(int level);
/// `level`: 1 to 9.
[[nodiscard]] std::unique_ptr<Encoder> make_zstd_encoder(Memory memory, int level);

}  // namespace millrace::http
