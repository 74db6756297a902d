#include "base/sip_hash.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::base {
namespace {

/// The test vectors of the reference implementation: key 00..0f, input 00, 01 ...
TEST(SipHash, IsThatOfItsAuthors) {
  constexpr SipHash kHash(0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL);
  std::string input;
  EXPECT_EQ(kHash(input), 0x726fdb47dd0e0e31ULL);
  input.push_back('\0');
  EXPECT_EQ(kHash(input), 0x74f839c593dc67fdULL);
  for (char c = 1; c < 15; ++c) input.push_back(c);
  EXPECT_EQ(kHash(input), 0xa129ca6149be45e5ULL);
}

TEST(SipHash, DependsOnItsSeed) { EXPECT_NE(SipHash::seeded()("a"), SipHash::seeded()("a")); }

}  // namespace
}  // namespace millrace::base
