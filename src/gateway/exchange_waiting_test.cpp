// Requests for routes that are not compiled yet, in development.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gateway/testing/test_exchange.hpp"

namespace millrace::gateway {
namespace {

class ExchangeWaitingTest : public ExchangeTest {
 protected:
  ExchangeWaitingTest() {
    plan_.routes[kPages].file = "pages/api/[id].ts";
    plan_.routes[kPages].lazy = true;
    serve();
  }

  void compile() {
    plan_.routes[kPages].lazy = false;
    ++plan_.generation;
    serve();
  }
};

TEST_F(ExchangeWaitingTest, TheRouteIsWantedAndRunsOnceItIsCompiled) {
  TestClient& client = get("/api/7");
  EXPECT_EQ(context_.wanted, std::vector<std::string>{"pages/api/[id].ts"});
  EXPECT_TRUE(workers_->calls.empty());
  compile();
  EXPECT_EQ(call().route, kPages);
  EXPECT_EQ(call().parameters, "7");
  EXPECT_EQ(call().generation, context_.site()->generation);
  workers_->respond(call(), 200, {}, "made");
  EXPECT_EQ(client.response(), "200 made");
  EXPECT_EQ(context_.wanted.size(), 1U);
}

TEST_F(ExchangeWaitingTest, ARouteThatIsStillNotCompiledIsWantedAgain) {
  get("/api/7");
  serve();
  EXPECT_EQ(context_.wanted.size(), 2U);
  EXPECT_TRUE(workers_->calls.empty());
  compile();
  EXPECT_EQ(workers_->calls.size(), 1U);
}

TEST_F(ExchangeWaitingTest, TheBodyArrivesAtTheRoute) {
  TestClient& client = ask(post("/api/7"));
  EXPECT_EQ(client.body_room(), 0U);
  compile();
  client.send("body", true);
  EXPECT_EQ(call().body, "body");
  EXPECT_TRUE(call().body_ended);
}

TEST_F(ExchangeWaitingTest, TheMiddlewareRunsOnce) {
  plan_.middleware = {rule_for("/:path*")};
  serve();
  TestClient& client = get("/api/7");
  ASSERT_EQ(call().route, kMiddleware);
  workers_->respond(call(), 200,
                    "x-middleware-next: 1\r\nx-middleware-override-headers: x-a\r\n"
                    "x-middleware-request-x-a: b\r\nx-c: d\r\n");
  EXPECT_EQ(context_.wanted.size(), 1U);
  compile();
  EXPECT_EQ(workers_->calls.size(), 2U);
  EXPECT_EQ(call().route, kPages);
  EXPECT_NE(call().fields.find("x-a: b"), std::string::npos);
  workers_->respond(call(), 200, {}, "made");
  EXPECT_EQ(client.response(), "200 made");
  EXPECT_EQ(client.field("x-c"), "d");
}

TEST_F(ExchangeWaitingTest, WithOtherRoutesTheRequestIsRoutedAgain) {
  get("/api/7");
  plan_.routes[kPages].file = "pages/api/[other].ts";
  compile();
  EXPECT_EQ(call().route, kPages);
  plan_.routes[kPages].lazy = true;
  serve();
  TestClient& client = get("/api/8");
  plan_.routes.clear();
  serve();
  EXPECT_EQ(client.status, 404);
}

TEST_F(ExchangeWaitingTest, AProjectThatCannotBeBuiltRespondsWithTheReason) {
  TestClient& client = get("/api/7");
  context_.serve(Site::broken("no\n"));
  EXPECT_EQ(client.response(), "500 no\n");
}

TEST_F(ExchangeWaitingTest, AClientThatLeavesWaitsNoLonger) {
  TestClient& client = get("/api/7");
  EXPECT_TRUE(client.waits());
  EXPECT_EQ(context_.waiting.size(), 1U);
  client.leave();
  EXPECT_TRUE(context_.waiting.empty());
}

}  // namespace
}  // namespace millrace::gateway
