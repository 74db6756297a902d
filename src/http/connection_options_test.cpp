#include "http/connection_options.hpp"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

TEST(ConnectionOptions, RemoveTheFieldsNamedOnAnyLine) {
  const ConnectionOptions options(
      "X-A: 1\r\nConnection: close, x-a ,\r\nconnection: X-B\r\nX-C: connection\r\n");
  EXPECT_TRUE(options.removes("X-A"));
  EXPECT_TRUE(options.removes("x-b"));
  EXPECT_TRUE(options.removes("close"));
  EXPECT_FALSE(options.removes("x-c"));
  EXPECT_FALSE(options.removes("x-"));
  EXPECT_FALSE(options.removes(""));
}

TEST(ConnectionOptions, KeepFieldsForAllRecipients) {
  const ConnectionOptions options(
      "Connection: Host, Cookie, Authorization, Content-Length, Content-Type, Cache-Control, "
      "X-Forwarded-For, X-Forwarded-Made-Up, Forwarded, X-Real-IP, Origin, If-Match, "
      "Sec-Fetch-Site, Set-Cookie\r\n");
  for (const char* const name :
       {"host", "cookie", "authorization", "content-length", "content-type", "cache-control",
        "x-forwarded-for", "x-forwarded-made-up", "forwarded", "x-real-ip", "origin", "if-match",
        "sec-fetch-site", "set-cookie"}) {
    EXPECT_FALSE(options.removes(name)) << name;
  }
}

TEST(ConnectionOptions, RecogniseConnectionFields) {
  for (const char* const name :
       {"Connection", "keep-alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Expect",
        "HTTP2-Settings", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate"}) {
    EXPECT_TRUE(is_connection_field(name)) << name;
  }
  EXPECT_FALSE(is_connection_field("x-te"));
  EXPECT_FALSE(is_connection_field("host"));
}

}  // namespace
}  // namespace millrace::http
