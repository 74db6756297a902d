// Compression of responses: which media types are worth it, which content coding the client accepts
// (RFC 9110 §12.5.3), and the coding itself, flushed so that each piece can be decoded at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::http {

/// The content codings. Brotli and Zstandard are only for stored bodies: the server does not compress
/// with them itself.
enum class Coding : std::uint8_t { identity, gzip, deflate, zstd, br };

/// Returns the name for Content-Encoding.
[[nodiscard]] std::string_view to_string(Coding coding);

/// Returns whether content of this Content-Type is worth compressing: text, and the types that the
/// media type database marks as compressible.
[[nodiscard]] bool is_compressible(std::string_view content_type);

/// Chooses the coding for an Accept-Encoding field as `next start` does: gzip before deflate,
/// identity where the client accepts neither.
[[nodiscard]] Coding negotiate_coding(std::string_view accept_encoding);

/// Codings in which a body is stored.
class StoredCodings {
 public:
  void add(Coding coding) { bits_ |= bit(coding); }
  [[nodiscard]] bool has(Coding coding) const { return (bits_ & bit(coding)) != 0; }
  [[nodiscard]] bool empty() const { return bits_ == 0; }

 private:
  [[nodiscard]] static unsigned bit(Coding coding) { return 1U << static_cast<unsigned>(coding); }

  unsigned bits_ = 0;
};

/// Chooses the stored coding that an Accept-Encoding field prefers: of equal ones br, then zstd,
/// then gzip, then identity. Returns identity where the client accepts none of them.
[[nodiscard]] Coding negotiate_stored(std::string_view accept_encoding, StoredCodings stored);

/// Returns whether a Content-Type is that of a stream that may stay open for hours (event streams).
[[nodiscard]] bool is_long_lived(std::string_view content_type);

/// The memory of a compressor.
enum class Memory : std::uint8_t {
  /// 256 KB, for bodies of limited length.
  full,
  /// 32 KB, for streams, of which many may be open.
  small,
};

/// Compresses one body. Used by one thread at a time.
class Compressor {
 public:
  /// `coding`: gzip or deflate.
  explicit Compressor(Coding coding, Memory memory = Memory::full);
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;
  ~Compressor();

  /// Returns false where memory could not be allocated; the compressor must not be used then.
  [[nodiscard]] bool usable() const;

  /// Appends `bytes`, compressed and flushed, to `out`: a client can decode everything appended so
  /// far. `end`: the body is complete. Returns false where memory is exhausted; the body cannot be
  /// continued then.
  [[nodiscard]] bool append(std::string_view bytes, bool end, std::string& out);

  /// As append(), but without a flush, for a part whose rest follows at once.
  [[nodiscard]] bool append_part(std::string_view bytes, std::string& out);

 private:
  struct Impl;
  [[nodiscard]] bool deflate_all(std::string_view bytes, int flush, std::string& out);

  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::http
