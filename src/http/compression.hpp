// What compressing a response needs to know and do: whether its type is worth it, what the client
// takes (RFC 9110, 12.5.3), and the coding itself, in pieces that can be read at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::http {

enum class Coding : std::uint8_t { identity, gzip, deflate };

/// The name for Content-Encoding.
[[nodiscard]] std::string_view to_string(Coding coding);

/// Whether a Content-Type is one that shrinks: texts, and what the media type database says of
/// others.
[[nodiscard]] bool is_compressible(std::string_view content_type);

/// What an Accept-Encoding field asks for, as `next start` answers it: gzip before deflate,
/// identity where neither is taken.
[[nodiscard]] Coding negotiate_coding(std::string_view accept_encoding);

/// Whether a Content-Type is that of a stream which may stay open for hours (event streams).
[[nodiscard]] bool is_long_lived(std::string_view content_type);

/// What a compressor may remember of its body.
enum class Memory : std::uint8_t {
  /// 256 KB, for bodies that come to an end.
  full,
  /// 32 KB, for streams of which many are open.
  small,
};

/// One body. Any one thread at a time.
class Compressor {
 public:
  /// `coding` is not identity.
  explicit Compressor(Coding coding, Memory memory = Memory::full);
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;
  ~Compressor();

  /// False where there was no memory for it: nothing can be compressed.
  [[nodiscard]] bool usable() const;

  /// Appends `bytes`, compressed, to `out`, such that a reader of what came so far gets all of it.
  /// `end`: the body is complete. False where memory is out; the body cannot go on then.
  [[nodiscard]] bool append(std::string_view bytes, bool end, std::string& out);

  /// The same for a part of bytes whose rest follows at once: a reader gets it with that.
  [[nodiscard]] bool append_part(std::string_view bytes, std::string& out);

 private:
  struct Impl;
  [[nodiscard]] bool deflate_all(std::string_view bytes, int flush, std::string& out);

  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::http
