#include "gateway/early_hints.hpp"

#include <gtest/gtest.h>

#include "gateway/testing/test_exchange.hpp"

namespace millrace::gateway {
namespace {

TEST(EarlyHints, KeepFieldsForTheClient) {
  EXPECT_EQ(early_hint_fields("Link: </a.css>; rel=preload; as=style\r\nx-trace: 1\r\n"),
            "Link: </a.css>; rel=preload; as=style\r\nx-trace: 1\r\n");
}

TEST(EarlyHints, LeaveOutFieldsOfTheConnectionOfABodyAndOfTheServer) {
  EXPECT_EQ(early_hint_fields("Connection: close, x-mine\r\nx-mine: 1\r\nKeep-Alive: timeout=5\r\n"
                              "Transfer-Encoding: chunked\r\nContent-Length: 5\r\nUpgrade: h2c\r\n"
                              "x-millrace-age: 5\r\nx-middleware-next: 1\r\nLink: <a>\r\n"),
            "Link: <a>\r\n");
  EXPECT_EQ(early_hint_fields("Content-Length: 5\r\n"), "");
}

class ExchangeHintsTest : public ExchangeTest {};

TEST_F(ExchangeHintsTest, ReachTheClientBeforeTheResponse) {
  TestClient& client = get("/api/7");
  workers_->inform(call(), "Link: <a>\r\n");
  workers_->inform(call(), "Content-Length: 5\r\n");
  workers_->inform(call(), "Link: <b>\r\n");
  EXPECT_EQ(client.hints, (std::vector<std::string>{"Link: <a>\r\n", "Link: <b>\r\n"}));
  workers_->respond(call(), 200, "", "done");
  EXPECT_EQ(client.response(), "200 done");
}

TEST_F(ExchangeHintsTest, AreBounded) {
  TestClient& client = get("/api/7");
  const std::string link = "Link: <" + std::string(kMaxHintBytes / 4, 'a') + ">\r\n";
  for (int i = 0; i < 100; ++i) workers_->inform(call(), link);
  EXPECT_EQ(client.hints.size(), 3U);
  workers_->inform(call(), "Link: <b>\r\n");
  EXPECT_EQ(client.hints.back(), "Link: <b>\r\n");
  workers_->respond(call(), 200, "", "done");
  EXPECT_EQ(client.response(), "200 done");
}

}  // namespace
}  // namespace millrace::gateway
