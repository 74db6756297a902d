#include "http/compression.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/test_decoding.hpp"

namespace millrace::http {
namespace {

constexpr std::array kCompressed = {Coding::gzip, Coding::deflate, Coding::zstd, Coding::br};

TEST(Compression, RecognisesCompressibleTypes) {
  for (const std::string_view type :
       {"application/json; charset=utf-8", "TEXT/html", "text/event-stream", "image/svg+xml",
        "application/vnd.api+json", "application/javascript", "font/ttf"}) {
    EXPECT_TRUE(is_compressible(type)) << type;
  }
  for (const std::string_view type : {"image/png", "application/octet-stream", "video/mp4", ""}) {
    EXPECT_FALSE(is_compressible(type)) << type;
  }
}

TEST(Compression, EachPieceCanBeDecodedAtOnce) {
  for (const Memory memory : {Memory::full, Memory::small}) {
    for (const Coding coding : kCompressed) {
      SCOPED_TRACE(to_string(coding));
      Compressor compressor(coding, memory);
      ASSERT_TRUE(compressor.usable());
      std::string out;
      ASSERT_TRUE(compressor.append("data: one\n\n", false, out));
      EXPECT_EQ(decoded(coding, out).text, "data: one\n\n");
      const std::string large(100'000, 'x');
      ASSERT_TRUE(compressor.append(large, false, out));
      EXPECT_TRUE(decoded(coding, out).text == "data: one\n\n" + large);
      const std::size_t before = out.size();
      ASSERT_TRUE(compressor.append({}, false, out));
      EXPECT_EQ(out.size(), before);
      EXPECT_FALSE(decoded(coding, out).complete);
      ASSERT_TRUE(compressor.append({}, true, out));
      EXPECT_TRUE(decoded(coding, out).text == "data: one\n\n" + large);
      EXPECT_TRUE(decoded(coding, out).complete);
      EXPECT_LT(out.size(), 2000U);
    }
  }
}

TEST(Compression, PartsOfABodyNeedNoFlush) {
  const std::string text = compressible_text(1'000'000);
  for (const Coding coding : kCompressed) {
    SCOPED_TRACE(to_string(coding));
    Compressor compressor(coding);
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += 65536) {
      ASSERT_TRUE(compressor.append_part(std::string_view(text).substr(at, 65536), out));
    }
    ASSERT_TRUE(compressor.append({}, true, out));
    EXPECT_TRUE(decoded(coding, out).text == text);
    EXPECT_LT(out.size(), text.size() / 2);
  }
}

TEST(Compression, StateIsBoundedAtEveryLevel) {
  const std::string text = compressible_text(400'000);
  const auto most = [&text](Coding coding, Memory memory, const CompressionLevels& levels) {
    Compressor compressor(coding, memory, levels);
    std::string out;
    std::size_t memory_used = 0;
    for (std::size_t at = 0; at < text.size(); at += 50'000) {
      EXPECT_TRUE(compressor.append(std::string_view(text).substr(at, 50'000), false, out));
      memory_used = std::max(memory_used, compressor.memory());
    }
    return memory_used;
  };
  constexpr std::size_t kKilobyte = 1024;
  for (int level = 1; level <= 9; ++level) {
    EXPECT_LE(most(Coding::gzip, Memory::full, {.gzip = level}), 256 * kKilobyte);
    EXPECT_LE(most(Coding::zstd, Memory::full, {.zstd = level}), 704 * kKilobyte) << level;
    EXPECT_LE(most(Coding::zstd, Memory::small, {.zstd = level}), 96 * kKilobyte) << level;
  }
  for (int level = 1; level <= 6; ++level) {
    EXPECT_LE(most(Coding::br, Memory::full, {.br = level}), 2048 * kKilobyte) << level;
  }
}

}  // namespace
}  // namespace millrace::http
