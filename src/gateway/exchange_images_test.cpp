// Requests for optimised images: what the server refuses itself, and what a worker gets.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

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

TEST_F(ExchangeImagesTest, ImagesAreKeptForClientsThatAcceptTheSameTypes) {
  const auto get_image = [this](std::string_view query, std::string_view accept) -> TestClient& {
    return ask({.target = "/_next/image?" + std::string(query),
                .fields = "Accept: " + std::string(accept) + "\r\n"});
  };
  constexpr std::string_view kQuery = "url=/a.png&w=64&q=75";
  constexpr std::string_view kMade =
      "Cache-Control: public, max-age=60\r\nVary: Accept\r\nETag: \"a\"\r\n"
      "Content-Disposition: inline\r\nx-millrace-revalidate: 60\r\nx-millrace-age: 0\r\n";
  TestClient& first = get_image(kQuery, "image/webp");
  EXPECT_TRUE(call().fill);
  EXPECT_EQ(call().target, "/_next/image?url=/a.png&w=64&q=75");
  EXPECT_NE(call().fields.find("Accept: image/webp\r\n"), std::string::npos) << call().fields;
  TestClient& second = get_image(kQuery, "image/webp");
  EXPECT_EQ(workers_->calls.size(), 1U) << "both wait for one optimisation";
  workers_->respond(call(), 200, kMade, "webp");
  EXPECT_EQ(first.response(), "200 webp");
  EXPECT_EQ(first.field("x-nextjs-cache"), "MISS");
  EXPECT_EQ(second.response(), "200 webp");
  TestClient& third = get_image(kQuery, "image/webp");
  EXPECT_EQ(third.response(), "200 webp");
  EXPECT_EQ(third.field("x-nextjs-cache"), "HIT");
  EXPECT_EQ(third.field("cache-control"), "public, max-age=60");
  EXPECT_EQ(workers_->calls.size(), 1U);

  get_image(kQuery, "*/*");
  EXPECT_EQ(workers_->calls.size(), 2U);
  get_image("url=/b.png&w=64&q=75", "image/webp");
  EXPECT_EQ(workers_->calls.size(), 3U);

  TestClient& same = ask({.target = "/_next/image?" + std::string(kQuery),
                          .fields = "Accept: image/webp\r\nIf-None-Match: \"a\"\r\n"});
  EXPECT_EQ(same.response(), "304");
  EXPECT_EQ(same.field("vary"), "Accept");
  EXPECT_EQ(same.field("content-disposition"), "");

  context_.now += std::chrono::seconds(61);
  TestClient& stale = get_image(kQuery, "image/webp");
  EXPECT_EQ(stale.field("x-nextjs-cache"), "STALE");
  EXPECT_EQ(workers_->calls.size(), 4U);
}

TEST_F(ExchangeImagesTest, FailuresAreNotKept) {
  TestClient& client = get("/_next/image?url=/a.png&w=64&q=75");
  workers_->respond(call(), 404, "", "no image");
  EXPECT_EQ(client.response(), "404 no image");
  EXPECT_EQ(client.field("x-nextjs-cache"), "");
  get("/_next/image?url=/a.png&w=64&q=75");
  EXPECT_EQ(workers_->calls.size(), 2U);
}

TEST_F(ExchangeImagesTest, LongRequestsGoPastTheCache) {
  ask({.target = "/_next/image?url=/a.png&w=64&q=75",
       .fields = "Accept: " + std::string(1025, 'a') + "\r\n"});
  EXPECT_FALSE(call().fill);
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
