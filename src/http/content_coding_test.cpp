#include "http/content_coding.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace millrace::http {
namespace {

constexpr std::array kBest = {Coding::br, Coding::zstd, Coding::gzip};

Coding stored(std::string_view accept_encoding, CodingSet available) {
  return negotiate_coding(accept_encoding, kBest, available);
}

TEST(ContentCoding, NegotiatesAsNextDoes) {
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

TEST(ContentCoding, NegotiatesByWeightThenByOrder) {
  CodingSet all;
  EXPECT_TRUE(all.empty());
  for (const Coding coding : {Coding::br, Coding::zstd, Coding::gzip}) all.add(coding);
  EXPECT_EQ(stored("gzip, deflate, br, zstd", all), Coding::br);
  EXPECT_EQ(stored("gzip, deflate, ZSTD", all), Coding::zstd);
  EXPECT_EQ(stored("gzip, deflate", all), Coding::gzip);
  EXPECT_EQ(stored("br;q=0.5, gzip", all), Coding::gzip);
  EXPECT_EQ(stored("br;q=0.5, zstd;q=0.7, gzip;q=0.6", all), Coding::zstd);
  EXPECT_EQ(stored("*", all), Coding::br);
  EXPECT_EQ(stored("br;q=0, *;q=0.1", all), Coding::zstd);
  EXPECT_EQ(stored("gzip;q=0.5, identity", all), Coding::identity);
  EXPECT_EQ(stored("gzip, identity", all), Coding::gzip);
  for (const std::string_view none : {"", "deflate", "br;q=0", "*;q=0", "identity", "brotli"}) {
    EXPECT_EQ(stored(none, all), Coding::identity) << none;
  }
  CodingSet gzip;
  gzip.add(Coding::gzip);
  EXPECT_EQ(stored("br, gzip;q=0.1", gzip), Coding::gzip);
  EXPECT_EQ(stored("br", gzip), Coding::identity);
  EXPECT_EQ(stored("br, gzip", {}), Coding::identity);
}

TEST(ContentCoding, NegotiatesInTheOrderThatIsGiven) {
  CodingSet all;
  for (const Coding coding : kBest) all.add(coding);
  constexpr std::array kFast = {Coding::zstd, Coding::gzip};
  EXPECT_EQ(negotiate_coding("gzip, deflate, br, zstd", kFast, all), Coding::zstd);
  EXPECT_EQ(negotiate_coding("gzip, deflate, br", kFast, all), Coding::gzip);
  EXPECT_EQ(negotiate_coding("br", kFast, all), Coding::identity) << "the order leaves it out";
  EXPECT_EQ(negotiate_coding("x-gzip", kFast, all), Coding::gzip);
  EXPECT_EQ(negotiate_coding("zstd;q=0.2, *;q=0.5", kFast, all), Coding::gzip);
}

TEST(ContentCoding, IdentityCanBeRefused) {
  for (const std::string_view refusing :
       {"identity;q=0", "gzip, identity;q=0.000", "*;q=0", "gzip, *;q=0", "IDENTITY; Q=0"}) {
    EXPECT_TRUE(refuses_identity(refusing)) << refusing;
  }
  for (const std::string_view accepting :
       {"", "gzip", "identity;q=0.001", "*", "*;q=0, identity", "gzip;q=0"}) {
    EXPECT_FALSE(refuses_identity(accepting)) << accepting;
  }
}

TEST(ContentCoding, HaveNames) {
  for (const Coding coding :
       {Coding::identity, Coding::gzip, Coding::deflate, Coding::zstd, Coding::br}) {
    EXPECT_EQ(coding_of(to_string(coding)), coding);
  }
  EXPECT_EQ(coding_of("brotli"), std::nullopt);
}

}  // namespace
}  // namespace millrace::http
