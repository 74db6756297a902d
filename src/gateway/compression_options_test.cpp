#include "gateway/compression_options.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace millrace::gateway {
namespace {

using http::Coding;

/// A request for a body that is long, from a server with enough memory.
Coding chosen(const CompressionOptions& options, std::string_view accept_encoding) {
  return options.negotiate(accept_encoding, false, false, false);
}

TEST(CompressionOptions, ChooseAsNextByDefault) {
  const CompressionOptions options = compression_options({});
  EXPECT_TRUE(options.enabled);
  EXPECT_EQ(options.min_size, 1024U);
  EXPECT_EQ(chosen(options, "gzip, deflate, br, zstd"), Coding::gzip);
  EXPECT_EQ(chosen(options, "deflate, gzip;q=0.5"), Coding::gzip);
  EXPECT_EQ(chosen(options, "br, zstd"), Coding::identity);
  EXPECT_EQ(options.negotiate("gzip", true, false, false), Coding::identity);
  EXPECT_EQ(options.negotiate("gzip, identity;q=0", true, false, false), Coding::identity);
  http::CodingSet stored;
  for (const Coding coding : {Coding::gzip, Coding::zstd, Coding::br}) stored.add(coding);
  EXPECT_EQ(options.negotiate_stored("gzip, deflate, br, zstd", stored), Coding::br);
}

TEST(CompressionOptions, ChooseInTheirOwnOrder) {
  project::CompressionKeys keys;
  keys.encodings = {"zstd", "br", "gzip"};
  const CompressionOptions options = compression_options(keys);
  EXPECT_EQ(chosen(options, "gzip, deflate, br, zstd"), Coding::zstd);
  EXPECT_EQ(chosen(options, "gzip, deflate, br"), Coding::br);
  EXPECT_EQ(chosen(options, "br;q=0.9, gzip"), Coding::gzip);
  EXPECT_EQ(chosen(options, "*"), Coding::zstd);
  EXPECT_EQ(chosen(options, "zstd;q=0, br;q=0, *"), Coding::gzip);
  EXPECT_EQ(chosen(options, "deflate"), Coding::identity);
  EXPECT_EQ(chosen(options, ""), Coding::identity);
  http::CodingSet stored;
  stored.add(Coding::gzip);
  stored.add(Coding::br);
  EXPECT_EQ(options.negotiate_stored("gzip, br, zstd", stored), Coding::br);
}

TEST(CompressionOptions, CompressShortBodiesForClientsThatRefuseIdentity) {
  project::CompressionKeys keys;
  keys.encodings = {"br", "gzip"};
  const CompressionOptions options = compression_options(keys);
  EXPECT_EQ(options.negotiate("gzip", true, false, false), Coding::identity);
  EXPECT_EQ(options.negotiate("gzip, identity;q=0", true, false, false), Coding::gzip);
  EXPECT_EQ(options.negotiate("br, *;q=0", true, false, false), Coding::br);
}

TEST(CompressionOptions, AvoidCodingsWithMuchState) {
  project::CompressionKeys keys;
  keys.encodings = {"br", "zstd", "gzip"};
  const CompressionOptions options = compression_options(keys);
  EXPECT_EQ(options.negotiate("br, zstd, gzip", false, false, true), Coding::zstd) << "long-lived";
  EXPECT_EQ(options.negotiate("br, gzip", false, false, true), Coding::gzip);
  EXPECT_EQ(options.negotiate("br", false, false, true), Coding::identity);
  EXPECT_EQ(options.negotiate("br, zstd, gzip", false, true, false), Coding::gzip) << "saving";
  EXPECT_EQ(options.negotiate("br, zstd", false, true, false), Coding::identity);
}

}  // namespace
}  // namespace millrace::gateway
