#include "net/proxy_header.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::net {
namespace {

using State = ProxyHeader::State;

std::string binary(char command, char family, const std::string& block) {
  std::string header("\r\n\r\n\0\r\nQUIT\n", 12);
  header += command;
  header += family;
  header += static_cast<char>(block.size() >> 8U);
  header += static_cast<char>(block.size() & 0xFFU);
  return header + block;
}

const std::string kBlock4("\xC0\x00\x02\x07\x0A\x00\x00\x01\x1F\x90\x00\x50", 12);
const std::string kBlock6 = std::string("\x20\x01\x0D\xB8", 4) + std::string(11, '\0') + "\x07" +
                            std::string(16, '\0') + std::string("\x1F\x90\x00\x50", 4);

/// Returns the client, "none", "incomplete" or "malformed", and checks that bytes after the header are
/// left, however the header is cut into pieces.
std::string read(const std::string& header) {
  std::string first;
  for (std::size_t cut = 0; cut <= header.size(); ++cut) {
    ProxyHeader reader;
    std::size_t taken = 0;
    State state = reader.take(header.substr(0, cut), taken);
    if (state == State::incomplete) {
      const std::string rest = header.substr(cut) + "GET";
      state = reader.take(rest, taken);
      if (state == State::complete) {
        EXPECT_EQ(taken, rest.size() - 3) << cut;
      }
    }
    std::string result = "malformed";
    if (state == State::incomplete) result = "incomplete";
    if (state == State::complete) {
      const auto& source = reader.source();
      result = source ? source->address + " " + std::to_string(source->port) : "none";
    }
    if (cut == 0) first = result;
    EXPECT_EQ(result, first) << cut;
  }
  return first;
}

TEST(ProxyHeader, ReadsVersion1) {
  EXPECT_EQ(read("PROXY TCP4 192.0.2.7 10.0.0.1 8080 80\r\n"), "192.0.2.7 8080");
  EXPECT_EQ(read("PROXY TCP6 2001:db8::7 ::1 8080 80\r\n"), "2001:db8::7 8080");
  EXPECT_EQ(read("PROXY UNKNOWN\r\n"), "none");
  EXPECT_EQ(read("PROXY UNKNOWN ffff::1 anything 1 2\r\n"), "none");
}

TEST(ProxyHeader, RejectsWhatIsNoVersion1) {
  for (const char* const line :
       {"GET / HTTP/1.1\r\n", "PROXYX\r\n", "proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n", "PROXY \r\n",
        "PROXY TCP4 192.0.2.7 10.0.0.1 8080\r\n", "PROXY TCP4 192.0.2.7 10.0.0.1 8080 80 1\r\n",
        "PROXY TCP4 192.0.2.7 10.0.0.1 8080 80\n", "PROXY TCP4 192.0.2.7 10.0.0.1 65536 80\r\n",
        "PROXY TCP4 192.0.2.7 10.0.0.1 8080 x\r\n", "PROXY TCP4 ::1 ::1 8080 80\r\n",
        "PROXY TCP6 1.2.3.4 1.2.3.4 8080 80\r\n", "PROXY UDP4 1.2.3.4 1.2.3.4 8080 80\r\n",
        "PROXY TCP4  192.0.2.7 10.0.0.1 8080 80\r\n", "PROXY TCP4 192.0.2.07 10.0.0.1 80 80\r\n"}) {
    EXPECT_EQ(read(line), "malformed") << line;
  }
  EXPECT_EQ(read("PROXY UNKNOWN " + std::string(93, 'x')), "malformed");
  EXPECT_EQ(read(std::string("PROXY TCP4 1.2.3.4\0x\ry 10.0.0.1 8080 80\r\n", 41)), "malformed");
}

TEST(ProxyHeader, ReadsVersion2) {
  EXPECT_EQ(read(binary(0x21, 0x11, kBlock4)), "192.0.2.7 8080");
  EXPECT_EQ(read(binary(0x21, 0x21, kBlock6)), "2001:db8::7 8080");
  // Optional fields follow.
  EXPECT_EQ(read(binary(0x21, 0x11,
                        kBlock4 + std::string("\x03\0\4"
                                              "abcd",
                                              7))),
            "192.0.2.7 8080");
  EXPECT_EQ(read(binary(0x20, 0x00, "")), "none");
  EXPECT_EQ(read(binary(0x20, 0x11, kBlock4)), "none");
  EXPECT_EQ(read(binary(0x21, 0x31, std::string(216, 'p'))), "none");
  EXPECT_EQ(read(binary(0x21, 0x00, "")), "none");
}

TEST(ProxyHeader, RejectsWhatIsNoVersion2) {
  EXPECT_EQ(read(binary(0x21, 0x11, kBlock4.substr(1))), "malformed");
  EXPECT_EQ(read(binary(0x21, 0x21, kBlock4)), "malformed");
  EXPECT_EQ(read(binary(0x11, 0x11, kBlock4)), "malformed");
  EXPECT_EQ(read(binary(0x22, 0x11, kBlock4)), "malformed");
  EXPECT_EQ(read(binary(0x21, 0x11, std::string(ProxyHeader::kMost, 'x'))), "malformed");
  EXPECT_EQ(read(std::string("\r\n\r\n\0\r\nQUIX\n", 12)), "malformed");
}

TEST(ProxyHeader, WaitsForTheWholeHeader) {
  for (const std::string& header :
       {std::string("PROXY TCP4 192.0.2.7 10.0.0.1 8080 80\r\n"), binary(0x21, 0x11, kBlock4)}) {
    for (std::size_t size = 0; size < header.size(); ++size) {
      ProxyHeader reader;
      std::size_t taken = 0;
      EXPECT_EQ(reader.take(header.substr(0, size), taken), State::incomplete) << size;
      EXPECT_EQ(taken, size);
    }
  }
}

}  // namespace
}  // namespace millrace::net
