#include "gateway/forwarded_client.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "http/fields.hpp"

namespace millrace::gateway {
namespace {

using Fields = ProxyTrust::Fields;

/// A request that came from 10.0.0.1, and what is found out about its client.
class ForwardedClientTest : public testing::Test {
 protected:
  /// Returns address, scheme and Host of the client; "refused" where the request is.
  std::string read(const std::string& fields, Fields which = Fields::x_forwarded,
                   const std::string& from = "10.0.0.1") {
    trust_.fields = which;
    text_ = fields;
    head_.fields = text_;
    peer_ = {.address = from, .port = 1234, .local_port = 3000};
    if (client_.read(trust_, head_, peer_) == ForwardedClient::Verdict::refused) return "refused";
    return client_.peer().address + (client_.peer().is_secure() ? " https " : " http ") +
           field("host");
  }
  std::string field(std::string_view name) {
    return std::string(http::find_field(client_.head().fields, name).value_or("-"));
  }

  ProxyTrust trust_{.networks = {*base::IpNetwork::parse("10.0.0.0/8"),
                                 *base::IpNetwork::parse("2001:db8::/32")}};
  std::string text_;
  http::RequestHead head_;
  net::Peer peer_;
  ForwardedClient client_;
};

TEST_F(ForwardedClientTest, IsTheRightMostUntrustedAddress) {
  EXPECT_EQ(read("X-Forwarded-For: 192.0.2.1\r\n"), "192.0.2.1 http -");
  EXPECT_EQ(read("X-Forwarded-For: 6.6.6.6, 192.0.2.1\r\n"), "192.0.2.1 http -");
  EXPECT_EQ(read("X-Forwarded-For: 6.6.6.6, 192.0.2.1, 10.1.1.1,10.2.2.2\r\n"), "192.0.2.1 http -");
  EXPECT_EQ(read("X-Forwarded-For: 6.6.6.6\r\nx-forwarded-for: 192.0.2.1\r\n"), "192.0.2.1 http -");
  EXPECT_EQ(client_.peer().port, 0);
  EXPECT_EQ(field("x-forwarded-for"), "192.0.2.1");
}

TEST_F(ForwardedClientTest, IsTheFurthestProxyWhereAllAreTrusted) {
  EXPECT_EQ(read("X-Forwarded-For: 10.3.3.3, 10.2.2.2\r\n"), "10.3.3.3 http -");
  EXPECT_EQ(read(""), "10.0.0.1 http -");
  EXPECT_EQ(client_.peer().port, 1234);
}

TEST_F(ForwardedClientTest, IsTheLastKnownOneWhereAnElementIsNoAddress) {
  for (const char* const list :
       {"unknown", "192.0.2.1, unknown", "_hidden", "192.0.2.1, ", "1.2.3", "1.2.3.4.5", "::g",
        "fe80::1%eth0", "\"1.2.3.4", "[::1", "1.2.3.4:5:6", "localhost"}) {
    EXPECT_EQ(read(std::string("X-Forwarded-For: ") + list + "\r\n"), "10.0.0.1 http -") << list;
  }
  EXPECT_EQ(read("X-Forwarded-For: 192.0.2.1, x, 10.2.2.2\r\n"), "10.2.2.2 http -");
}

TEST_F(ForwardedClientTest, ReadsAddressesWithPortsAndOfIpv6) {
  EXPECT_EQ(read("X-Forwarded-For: 192.0.2.1:8080\r\n"), "192.0.2.1 http -");
  EXPECT_EQ(read("X-Forwarded-For: 2001:db9::1\r\n"), "2001:db9::1 http -");
  EXPECT_EQ(read("X-Forwarded-For: [2001:db9::1]:80, 2001:db8::7\r\n"), "2001:db9::1 http -");
}

TEST_F(ForwardedClientTest, IsNotTheProxyWhereTheClientSendsAQuote) {
  EXPECT_EQ(read("X-Forwarded-For: \", 192.0.2.1\r\n"), "192.0.2.1 http -");
  EXPECT_EQ(read("X-Forwarded-For: \"\r\nX-Forwarded-For: 192.0.2.1\r\n"), "192.0.2.1 http -");
  EXPECT_EQ(read("X-Forwarded-Proto: \"\r\nX-Forwarded-Proto: https\r\n"), "10.0.0.1 https -");
}

TEST_F(ForwardedClientTest, RefusesMalformedForwarded) {
  for (const char* const value :
       {"for=\", for=192.0.2.1", "for=\", for=\"[2001:db9::1]\"", "for=\"192.0.2.1", "192.0.2.1",
        "for=\"\\, for=192.0.2.1", "host=a;for=6.6.6.6;for=192.0.2.1", "proto=http;proto=https"}) {
    EXPECT_EQ(read(std::string("Forwarded: ") + value + "\r\n", Fields::forwarded), "refused")
        << value;
  }
}

TEST_F(ForwardedClientTest, LooksAtABoundedNumberOfProxies) {
  std::string list = "192.0.2.1";
  for (int i = 0; i < 1000; ++i) list += ", 10.0.0.2";
  EXPECT_EQ(read("X-Forwarded-For: " + list + "\r\n"), "10.0.0.2 http -");
}

TEST_F(ForwardedClientTest, HasTheSchemeHostAndPortOfTheNearestProxy) {
  EXPECT_EQ(read("Host: inner:3000\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n"
                 "X-Forwarded-Host: evil.example, a.example\r\n"),
            "192.0.2.1 https a.example");
  EXPECT_EQ(field("x-forwarded-port"), "443");
  EXPECT_EQ(read("Host: a.example:8443\r\nX-Forwarded-Proto: https\r\n"),
            "10.0.0.1 https a.example:8443");
  EXPECT_EQ(field("x-forwarded-port"), "8443");
  EXPECT_EQ(read("X-Forwarded-Proto: http\r\nX-Forwarded-Port: 8080\r\nx-forwarded-prefix: /a\r\n"),
            "10.0.0.1 http -");
  EXPECT_EQ(field("x-forwarded-port"), "8080");
  EXPECT_EQ(field("x-forwarded-prefix"), "/a");
}

TEST_F(ForwardedClientTest, RefusesWhatCannotBeAUrl) {
  EXPECT_EQ(read("X-Forwarded-Proto: javascript\r\n"), "refused");
  EXPECT_EQ(read("X-Forwarded-Host: a.example/path\r\n"), "refused");
  EXPECT_EQ(read("X-Forwarded-Host: user@a.example\r\n"), "refused");
  EXPECT_EQ(read("X-Forwarded-Port: 65536\r\n"), "refused");
  EXPECT_EQ(read("X-Forwarded-Port: 80x\r\n"), "refused");
  EXPECT_EQ(read("Forwarded: for=192.0.2.1;host=\"a b\"\r\n", Fields::forwarded), "refused");
}

TEST_F(ForwardedClientTest, DropsWhatOthersTell) {
  const std::string told =
      "Host: a.example\r\nX-Forwarded-For: 1.2.3.4\r\nX-FORWARDED-PROTO: https\r\n"
      "x-forwarded-host: evil.example\r\nx-forwarded-anything: 1\r\nForwarded: for=1.2.3.4\r\n"
      "X-Real-IP: 1.2.3.4\r\nx-other: 1\r\n";
  EXPECT_EQ(read(told, Fields::x_forwarded, "192.0.2.9"), "192.0.2.9 http a.example");
  EXPECT_EQ(client_.head().fields, "Host: a.example\r\nx-other: 1\r\n");
  EXPECT_EQ(read(told, Fields::forwarded, "not an address"), "not an address http a.example");
  EXPECT_EQ(client_.head().fields, "Host: a.example\r\nx-other: 1\r\n");
}

TEST_F(ForwardedClientTest, ReadsOnlyTheFieldsThatTheProxyWrites) {
  EXPECT_EQ(read("X-Forwarded-For: 192.0.2.1\r\nForwarded: for=6.6.6.6;proto=https\r\n"),
            "192.0.2.1 http -");
  EXPECT_EQ(field("forwarded"), "-");
  EXPECT_EQ(
      read("X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nForwarded: for=192.0.2.1\r\n",
           Fields::forwarded),
      "192.0.2.1 http -");
  EXPECT_EQ(field("x-forwarded-for"), "192.0.2.1");
}

TEST_F(ForwardedClientTest, ReadsForwarded) {
  const auto forwarded = [this](const std::string& value) {
    return read("Host: inner\r\nForwarded: " + value + "\r\n", Fields::forwarded);
  };
  EXPECT_EQ(forwarded("for=192.0.2.1;proto=https;host=a.example;by=10.0.0.1"),
            "192.0.2.1 https a.example");
  EXPECT_EQ(forwarded("For=\"[2001:db9::17]:4711\" ; Proto=HTTPS"), "2001:db9::17 https inner");
  EXPECT_EQ(forwarded("for=6.6.6.6;host=evil, for=192.0.2.1;host=a.example, for=10.4.4.4;host=in"),
            "192.0.2.1 http a.example");
  EXPECT_EQ(forwarded("for=unknown;proto=https;host=a.example"), "10.0.0.1 https a.example");
  EXPECT_EQ(forwarded("for=\"a, for=192.0.2.1\""), "10.0.0.1 http inner");
  EXPECT_EQ(forwarded("for=\"192.0.2\\.1\""), "10.0.0.1 http inner");
}

}  // namespace
}  // namespace millrace::gateway
