// Refreshes that a handler requests: res.revalidate() and revalidatePath().
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "gateway/testing/test_cache.hpp"
#include "gateway/testing/test_rules.hpp"

namespace millrace::gateway {
namespace {

using workers::Dispatch;
using workers::Failure;

class ResponseCacheRefreshTest : public CacheTest {
 protected:
  /// Makes the routes pages of the Pages Router.
  void leave_out_app_router() {
    for (project::Route& route : plan_.routes) route.kind = project::RouterKind::page;
    site_ = site_of(plan_);
  }

  void refresh(std::string_view path, bool only_kept = false, std::string_view scope = {}) {
    cache::RefreshRequest request;
    request.path = path;
    request.only_kept = only_kept;
    cache_.refresh(site_, scope, request, [this](int status) { statuses_.push_back(status); });
  }
};

TEST_F(ResponseCacheRefreshTest, SucceedsUnlessTheRouteFails) {
  for (const std::uint16_t status : {200, 404, 500}) {
    refresh("/items/7");
    EXPECT_TRUE(statuses_.empty());
    workers_->respond(workers_->last(), status, kForever);
    EXPECT_EQ(std::exchange(statuses_, {}), std::vector<int>{status == 500 ? 500 : 200});
  }
}

TEST_F(ResponseCacheRefreshTest, ReplacesTheStoredResponse) {
  make("7", kForever, "old");
  refresh("/items/7");
  EXPECT_EQ(cache_.find(target("7")).response->body, "old") << "until there is another one";
  workers_->respond(workers_->last(), 200, kForever, "new");
  EXPECT_EQ(cache_.find(target("7")).response->body, "new");
}

TEST_F(ResponseCacheRefreshTest, TellsTheWorkerThatItIsOnDemand) {
  refresh("/items/7");
  EXPECT_EQ(workers_->last().fields, "Host: localhost:3000\r\nX-Millrace-On-Demand: 1\r\n");
  EXPECT_TRUE(workers_->last().fill);
}

TEST_F(ResponseCacheRefreshTest, DoesNothingForAPathThatIsNotCached) {
  refresh("/dynamic");
  EXPECT_EQ(statuses_, std::vector<int>{200});
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ResponseCacheRefreshTest, FailsForAPathThatNothingMatches) {
  refresh("/elsewhere");
  EXPECT_EQ(std::exchange(statuses_, {}), std::vector<int>{200}) << "the App Router has a page";
  leave_out_app_router();
  for (const std::string_view path :
       {"/elsewhere", "/items/%FF", "/items//7", "/items/7/", "items/7", ""}) {
    refresh(path);
    EXPECT_EQ(std::exchange(statuses_, {}), std::vector<int>{404}) << path;
  }
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ResponseCacheRefreshTest, DoesNothingForAPathThatTheMiddlewareMayLeadElsewhere) {
  plan_.middleware = {rule_for("/:path*")};
  site_ = site_of(plan_);
  refresh("/elsewhere");
  EXPECT_EQ(statuses_, std::vector<int>{200});
  refresh("/items/7");
  EXPECT_EQ(workers_->calls.size(), 1U) << "the middleware counts as letting it pass";
}

TEST_F(ResponseCacheRefreshTest, FollowsRewrites) {
  plan_.rules.after_files = {rewriting("/other/:id", "/items/:id")};
  site_ = site_of(plan_);
  make("7", kForever, "old");
  refresh("/other/7");
  workers_->respond(workers_->last(), 200, kForever, "new");
  EXPECT_EQ(cache_.find(target("7")).response->body, "new");
}

TEST_F(ResponseCacheRefreshTest, FailsForARedirect) {
  plan_.rules.redirects = {redirecting("/items/:id", "/other/:id")};
  leave_out_app_router();
  refresh("/items/7");
  EXPECT_EQ(statuses_, std::vector<int>{404});
}

TEST_F(ResponseCacheRefreshTest, FailsForAPathOutsideThePrerenderedOnes) {
  plan_.routes[0].cached->dynamic_params = false;
  leave_out_app_router();
  refresh("/items/7");
  EXPECT_EQ(statuses_, std::vector<int>{404});
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ResponseCacheRefreshTest, LooksForPathsBelowTheBasePath) {
  plan_.config.base_path = "/docs";
  leave_out_app_router();
  refresh("/items/7");
  EXPECT_EQ(std::exchange(statuses_, {}), std::vector<int>{404});
  EXPECT_TRUE(workers_->calls.empty());
  refresh("/docs/items/7");
  EXPECT_EQ(workers_->last().target, "/docs/items/7");
}

TEST_F(ResponseCacheRefreshTest, DoesNotReachRoutesOfAnotherScope) {
  workers_->scope = "sandboxed";
  refresh("/items/7");
  EXPECT_EQ(std::exchange(statuses_, {}), std::vector<int>{200});
  EXPECT_TRUE(workers_->calls.empty());
  refresh("/items/7", false, "sandboxed");
  EXPECT_EQ(workers_->calls.size(), 1U);
}

TEST_F(ResponseCacheRefreshTest, CanBeRestrictedToStoredResponses) {
  refresh("/items/7", true);
  EXPECT_EQ(std::exchange(statuses_, {}), std::vector<int>{200});
  EXPECT_TRUE(workers_->calls.empty());
  make("7", kForever);
  refresh("/items/7", true);
  EXPECT_EQ(workers_->calls.size(), 2U);
}

TEST_F(ResponseCacheRefreshTest, CountsPrerenderedResponsesAsStored) {
  site_ = prerendered(kForever, std::chrono::seconds(0)).site;
  refresh("/items/7", true);
  EXPECT_EQ(workers_->calls.size(), 1U);
}

TEST_F(ResponseCacheRefreshTest, IsUnavailableIfNoWorkerTakesIt) {
  workers_->next = Dispatch::refused;
  refresh("/items/7");
  EXPECT_EQ(statuses_, std::vector<int>{503});
}

TEST_F(ResponseCacheRefreshTest, IsUnavailableIfItFails) {
  refresh("/items/7");
  workers_->fail(workers_->last(), Failure::worker_died);
  EXPECT_EQ(statuses_, std::vector<int>{503});
}

TEST_F(ResponseCacheRefreshTest, IsUnavailableWhenTheCacheIsDestroyed) {
  std::vector<int> statuses;
  {
    ResponseCache cache(scopes_, memory_);
    cache::RefreshRequest request;
    request.path = "/items/7";
    cache.refresh(site_, {}, request, [&](int status) { statuses.push_back(status); });
  }
  EXPECT_EQ(statuses, std::vector<int>{503});
  EXPECT_EQ(workers_->last().aborted, link::AbortReason::client_gone);
}

TEST_F(ResponseCacheRefreshTest, JoinsARunningFill) {
  Waiter waiter(cache_);
  ASSERT_TRUE(cache_.fill(target("7"), &waiter));
  refresh("/items/7");
  refresh("/items/7");
  ASSERT_EQ(workers_->calls.size(), 1U);
  workers_->respond(workers_->last(), 201, kForever);
  EXPECT_EQ(waiter.notified, 1);
  EXPECT_EQ(statuses_, (std::vector<int>{200, 200}));
}

TEST_F(ResponseCacheRefreshTest, WaitsInBoundedNumbers) {
  for (std::size_t i = 0; i < ResponseCache::kMostRefreshes; ++i) refresh("/items/7");
  EXPECT_TRUE(statuses_.empty());
  refresh("/items/7");
  EXPECT_EQ(std::exchange(statuses_, {}), std::vector<int>{503});
  workers_->respond(workers_->last(), 200, kForever);
  EXPECT_EQ(statuses_.size(), ResponseCache::kMostRefreshes);
  statuses_.clear();
  refresh("/items/7");
  EXPECT_TRUE(statuses_.empty()) << "there is room again";
}

TEST_F(ResponseCacheRefreshTest, CanBeRepeatedInItsCall) {
  cache::RefreshRequest request;
  request.path = "/items/7";
  cache_.refresh(site_, {}, request, [&](int) { refresh("/items/8"); });
  workers_->respond(workers_->last(), 200, kForever);
  EXPECT_EQ(workers_->last().target, "/items/8");
}

}  // namespace
}  // namespace millrace::gateway
