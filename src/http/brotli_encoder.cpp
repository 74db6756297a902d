#include <brotli/encode.h>
#include <malloc.h>

#include <array>
#include <cstdlib>

#include "http/encoder.hpp"

namespace millrace::http {

namespace {

/// 64 KB. A larger window costs megabytes of state and shortens typical responses by a few percent.
constexpr std::uint32_t kBrotliWindowBits = 16;

BrotliEncoderOperation brotli_operation(Encoder::Flush flush) {
  if (flush == Encoder::Flush::none) return BROTLI_OPERATION_PROCESS;
  return flush == Encoder::Flush::all ? BROTLI_OPERATION_FLUSH : BROTLI_OPERATION_FINISH;
}

// The library's memory, counted in a std::size_t.

void* take_counted(void* counter, std::size_t size) {
  void* const memory = std::malloc(size);  // NOLINT(cppcoreguidelines-no-malloc)
  *static_cast<std::size_t*>(counter) += ::malloc_usable_size(memory);
  return memory;
}

void free_counted(void* counter, void* memory) {
  *static_cast<std::size_t*>(counter) -= ::malloc_usable_size(memory);
  std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}

class BrotliEncoder final : public Encoder {
 public:
  explicit BrotliEncoder(int level)
      : state_(BrotliEncoderCreateInstance(take_counted, free_counted, &memory_)) {
    usable_ =
        state_ != nullptr &&
        BrotliEncoderSetParameter(state_, BROTLI_PARAM_QUALITY,
                                  static_cast<std::uint32_t>(level)) == BROTLI_TRUE &&
        BrotliEncoderSetParameter(state_, BROTLI_PARAM_LGWIN, kBrotliWindowBits) == BROTLI_TRUE;
  }
  ~BrotliEncoder() override {
    if (state_ != nullptr) BrotliEncoderDestroyInstance(state_);
  }

  [[nodiscard]] bool usable() const { return usable_; }

  [[nodiscard]] bool encode(std::string_view bytes, Flush flush, std::string& out) override {
    // The library reads bytes of this type only.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    const auto* input = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::size_t left = bytes.size();
    std::array<std::uint8_t, 16384> piece{};
    do {
      std::uint8_t* output = piece.data();
      std::size_t room = piece.size();
      if (BrotliEncoderCompressStream(state_, brotli_operation(flush), &left, &input, &room,
                                      &output, nullptr) != BROTLI_TRUE) {
        return false;
      }
      out.append(piece.data(), piece.data() + (piece.size() - room));
    } while (left > 0 || BrotliEncoderHasMoreOutput(state_) == BROTLI_TRUE);
    return true;
  }

  [[nodiscard]] std::size_t memory() const override { return memory_; }

 private:
  std::size_t memory_ = 0;
  BrotliEncoderState* state_;
  bool usable_ = false;
};

}  // namespace

std::unique_ptr<Encoder> make_brotli_encoder(int level) {
  auto encoder = std::make_unique<BrotliEncoder>(level);
  if (!encoder->usable()) return nullptr;
  return encoder;
}

}  // namespace millrace::http
