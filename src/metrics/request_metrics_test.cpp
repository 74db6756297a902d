#include "metrics/request_metrics.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::metrics {
namespace {

using std::chrono::milliseconds;

struct Seen {
  RouteLabels::Number label;
  std::string_view method;
  std::string_view status;
  std::uint64_t count;
};

std::vector<Seen> all(const RequestMetrics& metrics) {
  std::vector<Seen> seen;
  metrics.for_each([&](RouteLabels::Number label, std::size_t method, std::size_t status,
                       const DurationHistogram& durations) {
    seen.push_back({label, kMethods[method], kStatusClasses[status], durations.count()});
  });
  return seen;
}

TEST(RequestMetricsTest, CountsByRouteMethodAndClassOfStatus) {
  RequestMetrics metrics;
  for (const std::uint16_t status : {200, 204, 404}) {
    metrics.add({.label = 7, .method = "GET", .status = status, .response_bytes = 10});
  }
  metrics.add({.label = 7, .method = "PROPFIND", .status = 0, .request_bytes = 3});
  const auto seen = all(metrics);
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].status, "2xx");
  EXPECT_EQ(seen[0].count, 2U);
  EXPECT_EQ(seen[1].status, "4xx");
  EXPECT_EQ(seen[2].method, "other");
  EXPECT_EQ(seen[2].status, "aborted");
  EXPECT_EQ(seen[2].label, 7U);
  EXPECT_EQ(metrics.response_bytes(), 30U);
  EXPECT_EQ(metrics.request_bytes(), 3U);
}

TEST(RequestMetricsTest, TakesNoMemoryBeyondItsBound) {
  RequestMetrics metrics;
  constexpr RouteLabels::Number kRoutes = 3 * RequestMetrics::kMostSeries;
  for (RouteLabels::Number label = 1; label <= kRoutes; ++label) {
    metrics.add({.label = label, .method = "GET", .status = 200});
  }
  const auto seen = all(metrics);
  EXPECT_LE(seen.size(), RequestMetrics::kMostSeries);
  std::uint64_t total = 0;
  for (const Seen& one : seen) total += one.count;
  EXPECT_EQ(total, kRoutes);
  EXPECT_EQ(seen.front().label, RouteLabels::kOther);
  EXPECT_GT(seen.front().count, 1U);
}

TEST(DurationHistogramTest, CountsADurationInTheFirstBucketThatHoldsIt) {
  DurationHistogram histogram;
  histogram.observe(milliseconds(5));
  histogram.observe(milliseconds(6));
  histogram.observe(std::chrono::hours(1));
  histogram.observe(milliseconds(-1));
  EXPECT_EQ(histogram.counts()[0], 1U);
  EXPECT_EQ(histogram.counts()[3], 1U);
  EXPECT_EQ(histogram.counts()[4], 1U);
  EXPECT_EQ(histogram.counts().back(), 1U);
  EXPECT_EQ(histogram.count(), 4U);
  EXPECT_DOUBLE_EQ(histogram.sum(), 3600.011);
}

TEST(RouteLabelsTest, KeepsTheNumberOfARouteAndPool) {
  RouteLabels labels;
  const auto number = labels.of("/api/[id]", "default");
  EXPECT_EQ(labels.of("/api/[id]", "default"), number);
  EXPECT_NE(labels.of("/api/[id]", "reports"), number);
  EXPECT_EQ(labels.at(number).route, "/api/[id]");
  EXPECT_EQ(labels.at(number).pool, "default");
}

TEST(RouteLabelsTest, SharesOneLabelBeyondItsBound) {
  RouteLabels labels;
  for (std::size_t i = 0; i < RouteLabels::kMost; ++i) {
    static_cast<void>(labels.of("/" + std::to_string(i), ""));
  }
  EXPECT_EQ(labels.size(), RouteLabels::kMost);
  EXPECT_EQ(labels.of("/another", ""), RouteLabels::kOther);
  EXPECT_NE(labels.of("/0", ""), RouteLabels::kOther);
}

}  // namespace
}  // namespace millrace::metrics
