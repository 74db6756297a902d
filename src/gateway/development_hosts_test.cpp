#include "gateway/development_hosts.hpp"

#include <gtest/gtest.h>

namespace millrace::gateway {
namespace {

TEST(DevelopmentHosts, AcceptLocalNamesAddressesAndAllowedNames) {
  const DevelopmentHosts hosts("Box.lan",
                               {"local-origin.dev", "*.tunnel.example", "**.deep.example"});
  const auto accepted = [&hosts](const std::string& host) {
    return hosts.accepts("X: y\r\nHost: " + host + "\r\n");
  };
  for (const char* const host :
       {"localhost", "LOCALHOST:3000", "localhost.", "app.localhost", "a.b.localhost:1",
        "127.0.0.1", "192.168.1.7:3000", "[::1]", "[::1]:3000", "box.lan", "box.LAN:80",
        "local-origin.dev:3000", "a.tunnel.example", "a.deep.example", "a.b.deep.example"}) {
    EXPECT_TRUE(accepted(host)) << host;
  }
  for (const char* const host :
       {"evil.example", "evil.example:3000", "localhost.evil.example", "notlocalhost", "lan",
        "a.box.lan", "127.0.0.1.evil.example", "a.local-origin.dev", "tunnel.example",
        "a.b.tunnel.example", "deep.example"}) {
    EXPECT_FALSE(accepted(host)) << host;
  }
  EXPECT_TRUE(hosts.accepts("X: y\r\n"));
}

/// Whether a server with this pattern responds to the host.
struct Case {
  std::string pattern;
  std::string host;
  bool accepted;
};

TEST(DevelopmentHosts, MatchPatternsLabelByLabel) {
  for (const auto& [pattern, host, accepted] : {
           Case{"a.example", "a.example", true},
           Case{"A.Example", "a.example", true},
           Case{"a.example", "a.example.", true},
           Case{"a.example", "b.a.example", false},
           Case{"a.example", "xa.example", false},
           Case{"*.example", "a.example", true},
           Case{"*.example", "a.b.example", false},
           Case{"*.example", "example", false},
           Case{"a.*.example", "a.b.example", true},
           Case{"a.*.example", "a.example", false},
           Case{"*", "single", true},
           Case{"*", "a.b", false},
           Case{"**.example", "a.example", true},
           Case{"**.example", "a.b.c.example", true},
           Case{"**.example", "example", false},
           Case{"**", "any.name.at.all", true},
           Case{"a.**.example", "a.b.example", false},
           Case{"", "single", false},
       }) {
    const DevelopmentHosts hosts("localhost", {pattern});
    EXPECT_EQ(hosts.accepts("Host: " + host + "\r\n"), accepted) << pattern << " " << host;
  }
}

TEST(DevelopmentHosts, AcceptAnyIpAddress) {
  const DevelopmentHosts hosts("localhost", {});
  for (const std::string_view host : {"127.0.0.1", "10.1.2.3:3000", "[::1]", "[fe80::1]:80"}) {
    EXPECT_TRUE(hosts.accepts("Host: " + std::string(host) + "\r\n")) << host;
  }
  for (const std::string_view host : {"1.2.3.4.example", "127-0-0-1.example", "0x7f.example"}) {
    EXPECT_FALSE(hosts.accepts("Host: " + std::string(host) + "\r\n")) << host;
  }
}

}  // namespace
}  // namespace millrace::gateway
