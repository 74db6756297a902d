// For tests of compression: texts to compress, and a decoder of bodies, whether they are complete or
// not.
#pragma once

#include <brotli/decode.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/content_coding.hpp"

namespace millrace::http {

/// Returns a text that compresses, but not to almost nothing.
inline std::string compressible_text(std::size_t size) {
  std::string text;
  for (std::uint32_t seed = 1; text.size() < size; seed = seed * 1664525 + 1013904223) {
    text.append(R"({"id":)").append(std::to_string(seed)).append("},");
  }
  text.resize(size);
  return text;
}

/// What could be decoded of a body.
struct DecodedBody {
  std::string text;
  /// Whether the coding's end was found.
  bool complete = false;
};

// NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): the libraries have their own bytes.

inline DecodedBody decoded_deflate(std::string_view bytes) {
  DecodedBody body;
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 32), Z_OK);
  std::string input(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  std::array<char, 65536> piece{};
  int state = Z_OK;
  while (state == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = piece.size();
    state = inflate(&stream, Z_SYNC_FLUSH);
    body.text.append(piece.data(), piece.size() - stream.avail_out);
    if (stream.avail_in == 0 && stream.avail_out > 0) break;
  }
  body.complete = state == Z_STREAM_END;
  inflateEnd(&stream);
  return body;
}

inline DecodedBody decoded_brotli(std::string_view bytes) {
  DecodedBody body;
  BrotliDecoderState* const state = BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
  const auto* input = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t left = bytes.size();
  std::array<char, 65536> piece{};
  BrotliDecoderResult result = BROTLI_DECODER_RESULT_ERROR;
  do {
    auto* output = reinterpret_cast<std::uint8_t*>(piece.data());
    std::size_t room = piece.size();
    result = BrotliDecoderDecompressStream(state, &left, &input, &room, &output, nullptr);
    body.text.append(piece.data(), piece.size() - room);
  } while (BrotliDecoderHasMoreOutput(state) == BROTLI_TRUE);
  EXPECT_NE(result, BROTLI_DECODER_RESULT_ERROR);
  body.complete = result == BROTLI_DECODER_RESULT_SUCCESS;
  BrotliDecoderDestroyInstance(state);
  return body;
}

// NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)

inline DecodedBody decoded_zstd(std::string_view bytes) {
  DecodedBody body;
  ZSTD_DCtx* const context = ZSTD_createDCtx();
  // RFC 9659: decoders may refuse larger windows than 8 MB.
  EXPECT_EQ(ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 23)), 0U);
  ZSTD_inBuffer input{.src = bytes.data(), .size = bytes.size(), .pos = 0};
  std::array<char, 65536> piece{};
  for (;;) {
    ZSTD_outBuffer output{.dst = piece.data(), .size = piece.size(), .pos = 0};
    const std::size_t left = ZSTD_decompressStream(context, &output, &input);
    body.text.append(piece.data(), output.pos);
    if (ZSTD_isError(left) != 0) {
      ADD_FAILURE() << ZSTD_getErrorName(left);
      break;
    }
    body.complete = left == 0;
    if (body.complete || (input.pos == input.size && output.pos < output.size)) break;
  }
  ZSTD_freeDCtx(context);
  return body;
}

inline DecodedBody decoded(Coding coding, std::string_view bytes) {
  if (coding == Coding::br) return decoded_brotli(bytes);
  return coding == Coding::zstd ? decoded_zstd(bytes) : decoded_deflate(bytes);
}

}  // namespace millrace::http
