#include <zlib.h>

#include <array>

#include "http/encoder.hpp"

namespace millrace::http {

namespace {

constexpr int kWindowBits = 15;
/// zlib's convention: added to the window bits for gzip's header and trailer.
constexpr int kGzip = 16;
constexpr int kMemoryLevel = 8;
/// 16 KB each for the window and for the hash tables.
constexpr int kSmallWindowBits = 12;
constexpr int kSmallMemoryLevel = 5;

/// The bytes that deflate allocates, but for a few kilobytes of state (zconf.h, "Maximum value for
/// memLevel").
constexpr std::size_t deflate_memory(int window_bits, int memory_level) {
  return (std::size_t{1} << static_cast<unsigned>(window_bits + 2)) +
         (std::size_t{1} << static_cast<unsigned>(memory_level + 9));
}
static_assert(deflate_memory(kWindowBits, kMemoryLevel) == std::size_t{256} * 1024);
static_assert(deflate_memory(kSmallWindowBits, kSmallMemoryLevel) == std::size_t{32} * 1024);

int zlib_flush(Encoder::Flush flush) {
  if (flush == Encoder::Flush::none) return Z_NO_FLUSH;
  return flush == Encoder::Flush::all ? Z_SYNC_FLUSH : Z_FINISH;
}

class DeflateEncoder final : public Encoder {
 public:
  DeflateEncoder(Coding coding, Memory memory, int level) : small_(memory == Memory::small) {
    const int bits =
        (small_ ? kSmallWindowBits : kWindowBits) + (coding == Coding::gzip ? kGzip : 0);
    usable_ = deflateInit2(&stream_, level, Z_DEFLATED, bits,
                           small_ ? kSmallMemoryLevel : kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~DeflateEncoder() override {
    if (usable_) deflateEnd(&stream_);
  }

  [[nodiscard]] bool usable() const { return usable_; }

  [[nodiscard]] bool encode(std::string_view bytes, Flush flush, std::string& out) override {
    // zlib does not write to its input; its type predates const.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast,cppcoreguidelines-pro-type-const-cast)
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    std::array<Bytef, 16384> piece{};
    do {
      stream_.next_out = piece.data();
      stream_.avail_out = static_cast<uInt>(piece.size());
      if (deflate(&stream_, zlib_flush(flush)) == Z_STREAM_ERROR) return false;
      out.append(piece.data(), piece.data() + (piece.size() - stream_.avail_out));
    } while (stream_.avail_out == 0);
    return true;
  }

  [[nodiscard]] std::size_t memory() const override {
    return small_ ? deflate_memory(kSmallWindowBits, kSmallMemoryLevel)
                  : deflate_memory(kWindowBits, kMemoryLevel);
  }

 private:
  z_stream stream_{};
  bool small_;
  bool usable_ = false;
};

}  // namespace

std::unique_ptr<Encoder> make_deflate_encoder(Coding coding, Memory memory, int level) {
  auto encoder = std::make_unique<DeflateEncoder>(coding, memory, level);
  if (!encoder->usable()) return nullptr;
  return encoder;
}

}  // namespace millrace::http
