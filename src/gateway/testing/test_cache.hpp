// A response cache with a site, workers and a clock that tests control.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/response_cache.hpp"
#include "gateway/testing/test_dispatcher.hpp"
#include "gateway/testing/test_site.hpp"
#include "project/test_folder.hpp"

namespace millrace::gateway {

/// The fields of a response that is stored without a limit of time.
inline constexpr std::string_view kForever = "x-millrace-revalidate: false\r\n";

/// Waits for a fill and records its result.
class Waiter final : public ResponseCache::Observer {
 public:
  explicit Waiter(ResponseCache& cache) : cache_(cache) {}
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() override { cache_.leave(*this); }

  int notified = 0;
  cache::SharedResponse response;
  std::optional<workers::Failure> failure;
  std::function<void()> on_notified = [] {};

 private:
  void on_filled(const cache::SharedResponse& filled) override {
    ++notified;
    response = filled;
    on_notified();
  }
  void on_fill_failed(workers::Failure why) override {
    ++notified;
    failure = why;
    on_notified();
  }

  ResponseCache& cache_;
};

class CacheTest : public testing::Test {
 protected:
  static constexpr std::size_t kBudget = 1'000'000;

  CacheTest() {
    scopes_.restart(std::size_t{10} * 1024 * 1024);
    plan_.routes = {cached_route_at("/items/[id]"), cached_route_at("/fixed"),
                    route_at("/dynamic", project::RouterKind::app)};
    plan_.dispatcher = workers_;
    site_ = site_of(plan_);
  }

  /// Returns a target of the first route with this parameter.
  [[nodiscard]] StaticTarget target(std::string_view id) const {
    return {.site = site_, .route = 0, .parameters = std::string(id)};
  }

  /// Makes a worker respond to a fill.
  void make(std::string_view id, std::string_view fields, std::string_view body = {}) {
    ASSERT_TRUE(cache_.fill(target(id), nullptr));
    workers_->respond(workers_->last(), 200, fields, body);
  }

  /// Returns a target that a build prerendered `age` ago, on a site of its own.
  [[nodiscard]] StaticTarget prerendered(std::string_view fields, std::chrono::seconds age,
                                         std::uint32_t generation = 7) {
    using std::chrono::milliseconds;
    folder_.write("body", "from the build");
    SitePlan plan = plan_;
    plan.root = folder_.path();
    plan.generation = generation;
    plan.prerendered = {{.route = 0,
                         .parameters = "7",
                         .status = 200,
                         .fields = std::string(fields),
                         .body = "body"}};
    const auto built = std::chrono::system_clock::now() - age;
    plan.built_at = std::chrono::duration_cast<milliseconds>(built.time_since_epoch()).count();
    return {.site = site_of(plan), .route = 0, .parameters = "7"};
  }

  std::shared_ptr<TestDispatcher> workers_ = std::make_shared<TestDispatcher>();
  project::TestFolder folder_;
  SitePlan plan_;
  std::shared_ptr<const Site> site_;
  cache::Scopes scopes_;
  std::shared_ptr<base::MemoryBudget> memory_ = std::make_shared<base::MemoryBudget>(kBudget);
  cache::Clock::time_point now_ = cache::Clock::now();
  /// The statuses with which refreshes ended, in order; waiting ones end when the cache is
  /// destroyed.
  std::vector<int> statuses_;
  ResponseCache cache_{scopes_, memory_, [this] { return now_; }};
};

}  // namespace millrace::gateway
