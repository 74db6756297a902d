#include "gateway/upgrade.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "http/request_parser.hpp"

namespace millrace::gateway {
namespace {

http::RequestHead head_of(std::string_view fields) {
  http::RequestHead head;
  head.method = "GET";
  head.target = "/";
  head.fields = fields;
  head.upgrade = true;
  return head;
}

TEST(Upgrade, IsOfferedAsTheClientNamesIt) {
  EXPECT_EQ(offered_upgrade(head_of("Upgrade: websocket\r\n")), "websocket");
  EXPECT_EQ(offered_upgrade(head_of("Upgrade: a, b/2\r\n")), "a, b/2");
  EXPECT_EQ(offered_upgrade(head_of("Host: a\r\n")), "");
}

TEST(Upgrade, IsNotOfferedWhereRequestsCouldFollow) {
  for (const auto* protocol : {"h2c", "H2C", "HTTP/2.0", "TLS/1.0", "websocket, h2c"}) {
    EXPECT_EQ(offered_upgrade(head_of("Upgrade: " + std::string(protocol) + "\r\n")), "");
  }
}

TEST(Upgrade, IsNotOfferedByOtherRequests) {
  http::RequestHead head = head_of("Upgrade: websocket\r\n");
  head.method = "POST";
  EXPECT_EQ(offered_upgrade(head), "");
  head.method = "GET";
  head.has_body = true;
  EXPECT_EQ(offered_upgrade(head), "");
  head.has_body = false;
  head.upgrade = false;
  EXPECT_EQ(offered_upgrade(head), "");
}

TEST(Upgrade, IsAcceptedWithItsFields) {
  const http::RequestHead head = head_of("Upgrade: a, websocket\r\n");
  EXPECT_EQ(accepted_upgrade(head,
                             "Upgrade: WebSocket\r\nConnection: Upgrade, X-Hop\r\nX-Hop: 1\r\n"
                             "Sec-WebSocket-Accept: k\r\nTransfer-Encoding: chunked\r\n"
                             "Content-Length: 5\r\nKeep-Alive: a\r\n"),
            "Sec-WebSocket-Accept: k\r\nconnection: Upgrade\r\nupgrade: WebSocket\r\n");
}

TEST(Upgrade, KeepsItsConnectionWhateverIsMergedWithIt) {
  EXPECT_EQ(switching_fields("Set-Cookie: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n"
                             "X: y\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"),
            "Set-Cookie: a\r\nX: y\r\nconnection: Upgrade\r\nupgrade: websocket\r\n");
}

TEST(Upgrade, IsNotAcceptedForWhatTheClientHasNotOffered) {
  const http::RequestHead head = head_of("Upgrade: websocket\r\n");
  for (const auto* fields :
       {"", "Upgrade: a\r\n", "Upgrade: \r\n", "Upgrade: websocket, a\r\n", "X: websocket\r\n"}) {
    EXPECT_EQ(accepted_upgrade(head, fields), std::nullopt) << fields;
  }
  EXPECT_EQ(accepted_upgrade(head_of("Upgrade: h2c\r\n"), "Upgrade: h2c\r\n"), std::nullopt);
}

}  // namespace
}  // namespace millrace::gateway
