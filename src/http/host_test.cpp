#include "http/host.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::http {
namespace {

TEST(Host, AcceptsNamesAddressesAndPorts) {
  const std::string label(63, 'a');
  for (const std::string& text : {std::string("localhost"),
                                  std::string("Example.ORG"),
                                  std::string("example.org."),
                                  std::string("example.org:"),
                                  std::string("example.org:0"),
                                  std::string("example.org:65535"),
                                  std::string("a_b.c-d~e"),
                                  std::string("-a-.b"),
                                  std::string("127.0.0.1"),
                                  std::string("255.255.255.255:80"),
                                  std::string("1.2.3.4.com"),
                                  std::string("0x1.org"),
                                  std::string("0xg"),
                                  std::string("[::1]"),
                                  std::string("[::1]:3000"),
                                  std::string("[2001:DB8::7]"),
                                  std::string("[::ffff:1.2.3.4]"),
                                  std::string("xn--bcher-kva.example"),
                                  std::string("XN--BCHER-KVA.example:80"),
                                  label + '.' + label + '.' + label + '.' + label.substr(2)}) {
    EXPECT_TRUE(is_valid_authority(text)) << text;
  }
}

TEST(Host, RejectsInvalidHosts) {
  const std::string label(63, 'a');
  for (const std::string& text : {std::string(),
                                  std::string("["),
                                  std::string("]"),
                                  std::string("[]"),
                                  std::string("[::1"),
                                  std::string("::1"),
                                  std::string("[::1]x"),
                                  std::string("[::1]80"),
                                  std::string("[::1%25eth0]"),
                                  std::string("[v1.fe80::a]"),
                                  std::string("[127.0.0.1]"),
                                  std::string("[1:2:3:4:5:6:7:8:9]"),
                                  std::string(":80"),
                                  std::string("a:b:c"),
                                  std::string("a:b"),
                                  std::string("a:-1"),
                                  std::string("localhost:65536"),
                                  std::string("localhost:99999"),
                                  std::string("localhost:000080"),
                                  std::string("256.256.256.256"),
                                  std::string("1.2.3"),
                                  std::string("01.2.3.4"),
                                  std::string("1.2.3.4."),
                                  std::string("1"),
                                  std::string("0x7f000001"),
                                  std::string("a.0x"),
                                  std::string("a.1"),
                                  std::string("user@host"),
                                  std::string("host/path"),
                                  std::string("host?query"),
                                  std::string("host#fragment"),
                                  std::string("h, other"),
                                  std::string("h,other"),
                                  std::string("a b"),
                                  std::string("a\tb"),
                                  std::string("a\0b", 3),
                                  std::string("a\\b"),
                                  std::string("a%41"),
                                  std::string("a%"),
                                  std::string("a%2"),
                                  std::string("a|b"),
                                  std::string("a<b>"),
                                  std::string("a^b"),
                                  std::string("."),
                                  std::string(".a"),
                                  std::string("a..b"),
                                  std::string("a.."),
                                  std::string("b\xc3\xbc"
                                              "cher"),
                                  std::string("xn--"),
                                  std::string("xn--a"),
                                  std::string("a.xn--0.b"),
                                  std::string("xn--bcher-kv\x7f"),
                                  label + 'a',
                                  label + '.' + label + '.' + label + '.' + label}) {
    EXPECT_FALSE(is_valid_authority(text)) << testing::PrintToString(text);
  }
}

TEST(Host, RemovesThePort) {
  EXPECT_EQ(host_of("a:80"), "a");
  EXPECT_EQ(host_of("a"), "a");
  EXPECT_EQ(host_of("[::1]:80"), "[::1]");
  EXPECT_EQ(host_of("[::1]"), "[::1]");
  EXPECT_EQ(host_of("["), "[");
  EXPECT_EQ(host_of(""), "");
}

}  // namespace
}  // namespace millrace::http
