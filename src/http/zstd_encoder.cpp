#include <zstd.h>

#include <array>

#include "http/encoder.hpp"

namespace millrace::http {

namespace {

/// Logarithms of sizes. A decoder need not support windows of more than 8 MB (RFC 9659 §3), and these
/// are far smaller: 64 KB and 4 KB.
struct ZstdSizes {
  int window;
  int hash;
  int chain;
};
constexpr ZstdSizes kZstdFull = {.window = 16, .hash = 15, .chain = 14};
constexpr ZstdSizes kZstdSmall = {.window = 12, .hash = 12, .chain = 11};

ZSTD_EndDirective zstd_directive(Encoder::Flush flush) {
  if (flush == Encoder::Flush::none) return ZSTD_e_continue;
  return flush == Encoder::Flush::all ? ZSTD_e_flush : ZSTD_e_end;
}

class ZstdEncoder final : public Encoder {
 public:
  ZstdEncoder(Memory memory, int level) : context_(ZSTD_createCCtx()) {
    const ZstdSizes& sizes = memory == Memory::small ? kZstdSmall : kZstdFull;
    usable_ = context_ != nullptr && set(ZSTD_c_compressionLevel, level) &&
              set(ZSTD_c_windowLog, sizes.window) && set(ZSTD_c_hashLog, sizes.hash) &&
              set(ZSTD_c_chainLog, sizes.chain);
  }
  ~ZstdEncoder() override { ZSTD_freeCCtx(context_); }

  [[nodiscard]] bool usable() const { return usable_; }

  [[nodiscard]] bool encode(std::string_view bytes, Flush flush, std::string& out) override {
    ZSTD_inBuffer input{.src = bytes.data(), .size = bytes.size(), .pos = 0};
    std::array<char, 16384> piece{};
    for (;;) {
      ZSTD_outBuffer output{.dst = piece.data(), .size = piece.size(), .pos = 0};
      const std::size_t left =
          ZSTD_compressStream2(context_, &output, &input, zstd_directive(flush));
      if (ZSTD_isError(left) != 0) return false;
      out.append(piece.data(), output.pos);
      const bool all_taken = input.pos == input.size;
      // Without a flush, `left` is only a hint.
      if (all_taken && (left == 0 || (flush == Flush::none && output.pos < output.size))) {
        return true;
      }
    }
  }

  [[nodiscard]] std::size_t memory() const override { return ZSTD_sizeof_CCtx(context_); }

 private:
  [[nodiscard]] bool set(ZSTD_cParameter parameter, int value) {
    return ZSTD_isError(ZSTD_CCtx_setParameter(context_, parameter, value)) == 0;
  }

  ZSTD_CCtx* context_;
  bool usable_ = false;
};

}  // namespace

std::unique_ptr<Encoder> make_zstd_encoder(Memory memory, int level) {
  auto encoder = std::make_unique<ZstdEncoder>(memory, level);
  if (!encoder->usable()) return nullptr;
  return encoder;
}

}  // namespace millrace::http
