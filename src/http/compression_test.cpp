#include "http/compression.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <string>
#include <string_view>

namespace millrace::http {
namespace {

/// Returns the decoded part of `bytes`, whether that is complete or not.
std::string inflated(std::string_view bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 32), Z_OK);
  std::string input(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  std::string out;
  std::array<char, 4096> piece{};
  int state = Z_OK;
  while (state == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = piece.size();
    state = inflate(&stream, Z_SYNC_FLUSH);
    out.append(piece.data(), piece.size() - stream.avail_out);
    if (stream.avail_in == 0 && stream.avail_out > 0) break;
  }
  inflateEnd(&stream);
  return out;
}

TEST(Compression, NegotiatesAsNextDoes) {
  EXPECT_EQ(negotiate_coding("gzip, deflate, br"), Coding::gzip);
  EXPECT_EQ(negotiate_coding("deflate, gzip;q=0.5"), Coding::gzip);
  EXPECT_EQ(negotiate_coding("deflate"), Coding::deflate);
  EXPECT_EQ(negotiate_coding("GZIP;q=0.001"), Coding::gzip);
  EXPECT_EQ(negotiate_coding("gzip;q=0"), Coding::identity);
  EXPECT_EQ(negotiate_coding("gzip;q=0, *"), Coding::deflate);
  EXPECT_EQ(negotiate_coding("*"), Coding::gzip);
  EXPECT_EQ(negotiate_coding("br, zstd"), Coding::identity);
  EXPECT_EQ(negotiate_coding("gzip;q=0.5, identity"), Coding::identity);
  EXPECT_EQ(negotiate_coding(""), Coding::identity);
}

TEST(Compression, NegotiatesStoredCodings) {
  StoredCodings all;
  EXPECT_TRUE(all.empty());
  for (const Coding coding : {Coding::br, Coding::zstd, Coding::gzip}) all.add(coding);
  EXPECT_EQ(negotiate_stored("gzip, deflate, br, zstd", all), Coding::br);
  EXPECT_EQ(negotiate_stored("gzip, deflate, ZSTD", all), Coding::zstd);
  EXPECT_EQ(negotiate_stored("gzip, deflate", all), Coding::gzip);
  EXPECT_EQ(negotiate_stored("br;q=0.5, gzip", all), Coding::gzip);
  EXPECT_EQ(negotiate_stored("br;q=0.5, zstd;q=0.7, gzip;q=0.6", all), Coding::zstd);
  EXPECT_EQ(negotiate_stored("*", all), Coding::br);
  EXPECT_EQ(negotiate_stored("br;q=0, *;q=0.1", all), Coding::zstd);
  EXPECT_EQ(negotiate_stored("gzip;q=0.5, identity", all), Coding::identity);
  EXPECT_EQ(negotiate_stored("gzip, identity", all), Coding::gzip);
  for (const std::string_view none : {"", "deflate", "br;q=0", "*;q=0", "identity", "brotli"}) {
    EXPECT_EQ(negotiate_stored(none, all), Coding::identity) << none;
  }
  StoredCodings gzip;
  gzip.add(Coding::gzip);
  EXPECT_EQ(negotiate_stored("br, gzip;q=0.1", gzip), Coding::gzip);
  EXPECT_EQ(negotiate_stored("br", gzip), Coding::identity);
  EXPECT_EQ(negotiate_stored("br, gzip", {}), Coding::identity);
}

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
  for (const Coding coding : {Coding::gzip, Coding::deflate}) {
    Compressor compressor(coding);
    std::string out;
    ASSERT_TRUE(compressor.append("data: one\n\n", false, out));
    EXPECT_EQ(inflated(out), "data: one\n\n");
    const std::string large(100'000, 'x');
    ASSERT_TRUE(compressor.append(large, false, out));
    EXPECT_EQ(inflated(out), "data: one\n\n" + large);
    ASSERT_TRUE(compressor.append({}, true, out));
    EXPECT_EQ(inflated(out), "data: one\n\n" + large);
    EXPECT_LT(out.size(), 2000U);
  }
}

}  // namespace
}  // namespace millrace::http
