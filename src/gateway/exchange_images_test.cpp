// Requests for optimised images: what the server refuses itself, and what a worker gets.
#include <gtest/gtest.h>

#include <string>

#include "gateway/testing/test_exchange.hpp"

namespace millrace::gateway {
namespace {

class ExchangeImagesTest : public ExchangeTest {
 protected:
  ExchangeImagesTest() {
    plan_.routes = {route_at("/_not-found", project::RouterKind::app_page),
                    route_at("/_next/image", project::RouterKind::image)};
    plan_.images = project::ImageSettings{.enabled = true, .sizes = {64}};
    serve();
  }
};

TEST_F(ExchangeImagesTest, RefusedRequestsReachNoWorker) {
  EXPECT_EQ(get("/_next/image").response(), R"(400 "url" parameter is required)");
  EXPECT_EQ(get("/_next/image?url=/a.png&w=65&q=75").response(),
            R"(400 "w" parameter (width) of 65 is not allowed)");
  EXPECT_EQ(get("/_next/image?url=http://a.example/&w=64&q=75").response(),
            R"(400 "url" parameter is not allowed)");
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ExchangeImagesTest, WorkersLearnTheServersAddress) {
  TestClient& client = get("/_next/image?url=/a.png&w=64&q=75");
  EXPECT_EQ(call().route, 1U);
  EXPECT_TRUE(call().fields.starts_with("x-millrace-server: http://[::1]:3000\r\n"))
      << call().fields;
  workers_->respond(call(), 200, "Vary: Accept\r\n");
  EXPECT_EQ(client.field("vary"), "Accept");
}

TEST_F(ExchangeImagesTest, RewrittenQueriesAreForTheOptimiser) {
  plan_.rules.before_files = {rewriting("/picture", "/_next/image?url=/a.png&w=65&q=75")};
  serve();
  get("/picture");
  EXPECT_TRUE(
      call().fields.starts_with("x-millrace-query: url=%2Fa.png&w=65&q=75\r\n"
                                "x-millrace-server: "))
      << call().fields;
}

TEST_F(ExchangeImagesTest, FieldsOfRulesDoNotReplaceThoseOfImages) {
  plan_.rules.headers = {adding("/_next/image", {{"Cache-Control", "no-store"}, {"X-A", "1"}})};
  serve();
  TestClient& client = get("/_next/image?url=/a.png&w=64&q=75");
  workers_->respond(call(), 200, "Cache-Control: public\r\n");
  EXPECT_EQ(client.field("cache-control"), "public");
  EXPECT_EQ(client.field("x-a"), "1");
}

TEST_F(ExchangeImagesTest, SitesThatOptimiseNoImagesHaveNone) {
  plan_.images->enabled = false;
  serve();
  get("/_next/image?url=/a.png&w=64&q=75");
  EXPECT_EQ(call().route, 0U);
}

}  // namespace
}  // namespace millrace::gateway
