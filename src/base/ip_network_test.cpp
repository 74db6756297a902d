#include "base/ip_network.hpp"

#include <gtest/gtest.h>

namespace millrace::base {
namespace {

IpAddress address(std::string_view text) {
  const auto parsed = IpAddress::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(IpAddress{});
}

bool contains(std::string_view network, std::string_view other) {
  const auto parsed = IpNetwork::parse(network);
  EXPECT_TRUE(parsed) << network;
  return parsed && parsed->contains(address(other));
}

TEST(IpAddress, EqualsItsIpv4MappedForm) {
  EXPECT_EQ(address("192.0.2.1"), address("::ffff:192.0.2.1"));
  EXPECT_TRUE(address("192.0.2.1").is_v4());
  EXPECT_FALSE(address("2001:db8::1").is_v4());
}

TEST(IpAddress, AnIpv6ClientIsItsNetworkOf64Bits) {
  EXPECT_EQ(address("2001:db8::1").client(), address("2001:db8::ffff").client());
  EXPECT_NE(address("2001:db8:0:1::1").client(), address("2001:db8:0:2::1").client());
  EXPECT_NE(address("192.0.2.1").client(), address("192.0.2.2").client());
}

TEST(IpNetwork, ContainsTheAddressesOfItsPrefix) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(contains("192.0.2.128/25", "192.0.2.255"));
  EXPECT_FALSE(contains("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(contains("::1", "::1"));
  EXPECT_FALSE(contains("::1", "127.0.0.1"));
  EXPECT_TRUE(contains("2001:db8::/32", "2001:db8:ffff::1"));
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(contains("::/0", "203.0.113.9"));
}

TEST(IpNetwork, RejectsTextAfterANul) {
  EXPECT_FALSE(IpAddress::parse(std::string_view("10.0.0.1\0x", 10)));
  EXPECT_FALSE(IpNetwork::parse(std::string_view("10.0.0.1\0x/8", 12)));
}

TEST(IpNetwork, RejectsInvalidText) {
  for (const char* const text : {"", "localhost", "10.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/",
                                 "10.0.0.0/8x", "10.0.0.0/-1", "/8"}) {
    EXPECT_FALSE(IpNetwork::parse(text)) << text;
  }
}

}  // namespace
}  // namespace millrace::base
