// How responses enter the cache, and how long they stay there.
#include "gateway/response_cache.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "gateway/testing/test_cache.hpp"

namespace millrace::gateway {
namespace {

using cache::Freshness;
using std::chrono::seconds;
using workers::Failure;

class ResponseCacheTest : public CacheTest {};

TEST_F(ResponseCacheTest, FindsNothingInAnEmptyCache) {
  EXPECT_EQ(cache_.find(target("7")).response, nullptr);
  EXPECT_EQ(cache_.find(target("7")).freshness, Freshness::none);
}

TEST_F(ResponseCacheTest, FillsAMissingResponse) {
  ASSERT_TRUE(cache_.fill(target("7"), nullptr));
  const TestDispatcher::Call& call = workers_->last();
  EXPECT_TRUE(call.fill);
  EXPECT_EQ(call.generation, 7U);
  EXPECT_EQ(call.route, 0U);
  EXPECT_EQ(call.method, "GET");
  EXPECT_EQ(call.target, "/items/7");
  EXPECT_EQ(call.parameters, "7");
  EXPECT_EQ(call.fields, "Host: localhost:3000\r\n") << "nothing of the client's may be kept";
  EXPECT_FALSE(call.has_body);
}

TEST_F(ResponseCacheTest, MarksOnDemandFills) {
  ASSERT_TRUE(cache_.fill(target("7"), nullptr, FillCause::on_demand));
  EXPECT_EQ(workers_->last().fields, "Host: localhost:3000\r\nX-Millrace-On-Demand: 1\r\n");
}

TEST_F(ResponseCacheTest, RequestsThePathOfTheRouteWithItsParameters) {
  struct Case {
    std::string base_path;
    std::string route;
    std::string parameters;
    std::string path;
  };
  for (const auto& [base_path, route, parameters, path] : {
           Case{"", "/fixed/route", "", "/fixed/route"},
           Case{"", "/", "", "/"},
           Case{"", "/a/[x]/b/[y]", "1 2%203", "/a/1/b/2%203"},
           Case{"", "/a/[...rest]", "1/2/3", "/a/1/2/3"},
           Case{"", "/a/[[...rest]]", "", "/a"},
           Case{"", "/[[...rest]]", "", "/"},
           Case{"", "/a/[[...rest]]", "1/2", "/a/1/2"},
           Case{"/docs", "/fixed", "", "/docs/fixed"},
           Case{"/docs", "/", "", "/docs"},
       }) {
    SitePlan plan = plan_;
    plan.config.base_path = base_path;
    plan.routes = {cached_route_at(route)};
    ASSERT_TRUE(
        cache_.fill({.site = site_of(plan), .route = 0, .parameters = parameters}, nullptr));
    EXPECT_EQ(workers_->last().target, path) << route;
    workers_->respond(workers_->last(), 200, kForever);
  }
}

TEST_F(ResponseCacheTest, KeepsAResponseForItsLifetime) {
  make("7", "x-millrace-revalidate: 60\r\nx-millrace-expire: 300\r\n");
  EXPECT_EQ(cache_.find(target("7")).freshness, Freshness::fresh);
  now_ += seconds(60);
  EXPECT_EQ(cache_.find(target("7")).freshness, Freshness::fresh);
  now_ += seconds(1);
  EXPECT_EQ(cache_.find(target("7")).freshness, Freshness::stale);
  now_ += seconds(239);
  EXPECT_EQ(cache_.find(target("7")).freshness, Freshness::stale);
  now_ += seconds(1);
  EXPECT_EQ(cache_.find(target("7")).freshness, Freshness::none);
}

TEST_F(ResponseCacheTest, KeepsAResponseThatIsNeverRevalidated) {
  make("7", kForever);
  now_ += std::chrono::hours(100'000);
  EXPECT_EQ(cache_.find(target("7")).freshness, Freshness::fresh);
}

TEST_F(ResponseCacheTest, CountsLifetimesFromTheEndOfTheFill) {
  ASSERT_TRUE(cache_.fill(target("7"), nullptr));
  now_ += seconds(100);
  workers_->respond(workers_->last(), 200, "x-millrace-revalidate: 60\r\n");
  now_ += seconds(60);
  EXPECT_EQ(cache_.find(target("7")).freshness, Freshness::fresh);
}

TEST_F(ResponseCacheTest, CountsTagsRevalidatedDuringTheFill) {
  ASSERT_TRUE(cache_.fill(target("7"), nullptr));
  now_ += seconds(1);
  scopes_.of("").marks.revalidate(std::vector<std::string>{"posts"}, std::nullopt, now_);
  now_ += seconds(1);
  workers_->respond(workers_->last(), 200,
                    "x-millrace-revalidate: false\r\nx-millrace-tags: posts\r\n");
  EXPECT_EQ(cache_.find(target("7")).response, nullptr);
}

TEST_F(ResponseCacheTest, RemovesTheFieldsForTheServer) {
  Waiter waiter(cache_);
  ASSERT_TRUE(cache_.fill(target("7"), &waiter));
  workers_->respond(workers_->last(), 201,
                    "Content-Type: text/plain\r\nx-millrace-revalidate: 60\r\nX-A: b\r\n", "body");
  ASSERT_NE(waiter.response, nullptr);
  EXPECT_EQ(waiter.response->status, 201);
  EXPECT_EQ(waiter.response->fields, "Content-Type: text/plain\r\nX-A: b\r\n");
  EXPECT_EQ(waiter.response->body, "body");
  EXPECT_TRUE(waiter.response->evaluated);
  EXPECT_EQ(cache_.find(target("7")).response, waiter.response);
}

TEST_F(ResponseCacheTest, JoinsTheBodyAndGivesCreditForIt) {
  Waiter waiter(cache_);
  ASSERT_TRUE(cache_.fill(target("7"), &waiter));
  TestDispatcher::Call& call = workers_->last();
  const std::string piece(200'000, 'x');
  workers_->respond(call, 200, kForever, piece, false);
  workers_->send_body(call, piece);
  workers_->send_body(call, piece);
  EXPECT_EQ(waiter.notified, 0);
  workers_->send_body(call, "end", true);
  EXPECT_EQ(waiter.response->body, piece + piece + piece + "end");
  EXPECT_GE(call.granted, 400'000U);
}

TEST_F(ResponseCacheTest, KeepsResponsesOfRoutesAndParametersApart) {
  make("7", kForever, "seven");
  make("8", kForever, "eight");
  StaticTarget other = target("");
  other.route = 1;
  ASSERT_TRUE(cache_.fill(other, nullptr));
  workers_->respond(workers_->last(), 200, kForever, "fixed");
  EXPECT_EQ(cache_.find(target("7")).response->body, "seven");
  EXPECT_EQ(cache_.find(target("8")).response->body, "eight");
  EXPECT_EQ(cache_.find(other).response->body, "fixed");
}

TEST_F(ResponseCacheTest, KeepsGenerationsApart) {
  SitePlan next = plan_;
  next.generation = 8;
  const StaticTarget later{.site = site_of(next), .route = 0, .parameters = "7"};
  ASSERT_TRUE(cache_.fill(target("7"), nullptr));
  ASSERT_TRUE(cache_.fill(later, nullptr));
  ASSERT_EQ(workers_->calls.size(), 2U) << "one does not wait for the other's";
  workers_->respond(workers_->calls[1], 200, kForever, "later");
  workers_->respond(workers_->calls[0], 200, kForever, "earlier");
  EXPECT_EQ(cache_.find(later).response->body, "later");
  EXPECT_EQ(cache_.find(target("7")).response->body, "earlier");
}

TEST_F(ResponseCacheTest, KeepsScopesApart) {
  make("7", kForever, "own");
  workers_->scope = "sandboxed";
  EXPECT_EQ(cache_.find(target("7")).response, nullptr);
  make("7", kForever, "sandboxed");
  workers_->scope.clear();
  EXPECT_EQ(cache_.find(target("7")).response->body, "own");
}

TEST_F(ResponseCacheTest, PassesUncacheableResponsesToObserversOnly) {
  for (const std::string_view fields : {"x-millrace-revalidate: 0\r\n", "Content-Type: a/b\r\n"}) {
    Waiter waiter(cache_);
    ASSERT_TRUE(cache_.fill(target("7"), &waiter));
    workers_->respond(workers_->last(), 200, fields, "once");
    ASSERT_NE(waiter.response, nullptr);
    EXPECT_EQ(waiter.response->body, "once");
    EXPECT_EQ(cache_.find(target("7")).response, nullptr);
  }
}

TEST_F(ResponseCacheTest, AResponseWithoutARevalidateFieldIsAnError) {
  Waiter waiter(cache_);
  ASSERT_TRUE(cache_.fill(target("7"), &waiter));
  workers_->respond(workers_->last(), 500, "Content-Type: a/b\r\n", "failed");
  EXPECT_FALSE(waiter.response->evaluated);
}

TEST_F(ResponseCacheTest, ANewResponseReplacesTheStoredOne) {
  make("7", kForever, "first");
  make("7", kForever, "second");
  EXPECT_EQ(cache_.find(target("7")).response->body, "second");
}

TEST_F(ResponseCacheTest, KeepsAStaleResponseIfItsRenewalFails) {
  struct Case {
    std::string lifetime;
    int put_off_for;
  };
  for (const auto& [lifetime, put_off_for] : {Case{"1", 3}, Case{"10", 10}, Case{"3600", 30}}) {
    make("7", "x-millrace-revalidate: " + lifetime + "\r\n", "kept");
    now_ += seconds(3601);
    ASSERT_EQ(cache_.find(target("7")).freshness, Freshness::stale);
    ASSERT_TRUE(cache_.fill(target("7"), nullptr));
    workers_->fail(workers_->last(), Failure::worker_died);
    now_ += seconds(put_off_for);
    EXPECT_EQ(cache_.find(target("7")).freshness, Freshness::fresh) << lifetime;
    now_ += seconds(1);
    EXPECT_EQ(cache_.find(target("7")).freshness, Freshness::stale) << lifetime;
    EXPECT_EQ(cache_.find(target("7")).response->body, "kept");
  }
}

TEST_F(ResponseCacheTest, KeepsAStaleResponseIfTheHandlerThrows) {
  make("7", "x-millrace-revalidate: 10\r\n", "kept");
  now_ += seconds(11);
  ASSERT_TRUE(cache_.fill(target("7"), nullptr));
  workers_->respond(workers_->last(), 500, {}, "failed");
  EXPECT_EQ(cache_.find(target("7")).freshness, Freshness::fresh);
  EXPECT_EQ(cache_.find(target("7")).response->body, "kept");
}

TEST_F(ResponseCacheTest, FindsPrerenderedResponsesWithTheAgeOfTheBuild) {
  const StaticTarget built = prerendered("x-millrace-revalidate: 60\r\nX-A: b\r\n", seconds(0));
  const auto found = cache_.find(built);
  EXPECT_EQ(found.freshness, Freshness::fresh);
  ASSERT_NE(found.response, nullptr);
  EXPECT_EQ(found.response->body, "from the build");
  EXPECT_EQ(found.response->fields, "X-A: b\r\n");
  EXPECT_EQ(cache_.find(prerendered("x-millrace-revalidate: 60\r\n", seconds(1000), 8)).freshness,
            Freshness::stale);
  EXPECT_EQ(cache_
                .find(prerendered("x-millrace-expire: 60\r\nx-millrace-revalidate: 1\r\n",
                                  seconds(1000), 9))
                .response,
            nullptr);
}

TEST_F(ResponseCacheTest, ReadsTheFileOfAPrerenderedBodyOnce) {
  const StaticTarget built = prerendered(kForever, seconds(0));
  ASSERT_NE(cache_.find(built).response, nullptr);
  std::filesystem::remove(folder_.path() / "body");
  EXPECT_NE(cache_.find(built).response, nullptr);
}

TEST_F(ResponseCacheTest, LaterResponsesReplacePrerenderedOnes) {
  const StaticTarget built = prerendered(kForever, seconds(0));
  ASSERT_TRUE(cache_.fill(built, nullptr));
  workers_->respond(workers_->last(), 200, kForever, "later");
  EXPECT_EQ(cache_.find(built).response->body, "later");
}

TEST_F(ResponseCacheTest, RevalidatingATagExpiresPrerenderedResponses) {
  const StaticTarget built =
      prerendered("x-millrace-revalidate: false\r\nx-millrace-tags: posts\r\n", seconds(10));
  scopes_.of("").marks.revalidate(std::vector<std::string>{"posts"}, std::nullopt, now_);
  EXPECT_EQ(cache_.find(built).response, nullptr);
}

TEST_F(ResponseCacheTest, ImagesDoNotDisplacePages) {
  make("7", kForever, "page");
  const auto image = [this](int number) {
    StaticTarget made = target("");
    made.query = "url=/" + std::to_string(number) + ".png&w=64&q=75";
    made.variant = "image:" + made.query;
    return made;
  };
  const std::string body(250'000, 'x');
  // More than the cache holds.
  for (int i = 0; i < 48; ++i) {
    ASSERT_TRUE(cache_.fill(image(i), nullptr));
    workers_->respond(workers_->last(), 200, kForever, body);
  }
  EXPECT_FALSE(cache_.find(image(0)).response);
  EXPECT_TRUE(cache_.find(image(47)).response);
  EXPECT_TRUE(cache_.find(target("7")).response);
}

}  // namespace
}  // namespace millrace::gateway
