#include "gateway/development_hosts.hpp"

#include <gtest/gtest.h>

namespace millrace::gateway {
namespace {

TEST(DevelopmentHosts, AnswerLocalNamesAddressesAndThoseThatAreGiven) {
  const DevelopmentHosts hosts("Box.lan",
                               {"local-origin.dev", "*.tunnel.example", "**.deep.example"});
  const auto answered = [&hosts](const std::string& host) {
    return hosts.answer("X: y\r\nHost: " + host + "\r\n");
  };
  for (const char* const host :
       {"localhost", "LOCALHOST:3000", "localhost.", "app.localhost", "a.b.localhost:1",
        "127.0.0.1", "192.168.1.7:3000", "[::1]", "[::1]:3000", "box.lan", "box.LAN:80",
        "local-origin.dev:3000", "a.tunnel.example", "a.deep.example", "a.b.deep.example"}) {
    EXPECT_TRUE(answered(host)) << host;
  }
  for (const char* const host :
       {"evil.example", "evil.example:3000", "localhost.evil.example", "notlocalhost", "lan",
        "a.box.lan", "127.0.0.1.evil.example", "a.local-origin.dev", "tunnel.example",
        "a.b.tunnel.example", "deep.example"}) {
    EXPECT_FALSE(answered(host)) << host;
  }
  EXPECT_TRUE(hosts.answer("X: y\r\n"));
}

}  // namespace
}  // namespace millrace::gateway
