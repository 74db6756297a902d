#include "workers/sample.hpp"

#include <gtest/gtest.h>

namespace millrace::workers {
namespace {

TEST(Sample, ParsesAllMembers) {
  const auto sample = parse_sample(
      R"({"rss":50,"heap_used":10,"heap_total":20,"external":3,"loop_lag_ms":1.5,"utilization":0.25,"cpu_ms":99.5,"routes":[[1,0,7,120],[1,3,1,5]]})");
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->rss, 50U);
  EXPECT_EQ(sample->heap_used, 10U);
  EXPECT_EQ(sample->heap_total, 20U);
  EXPECT_EQ(sample->external, 3U);
  EXPECT_DOUBLE_EQ(sample->loop_lag_ms, 1.5);
  EXPECT_DOUBLE_EQ(sample->utilization, 0.25);
  EXPECT_DOUBLE_EQ(sample->cpu_ms, 99.5);
  ASSERT_EQ(sample->routes.size(), 2U);
  EXPECT_EQ(sample->routes[1].route, 3U);
  EXPECT_EQ(sample->routes[0].invocations, 7U);
  EXPECT_EQ(sample->routes[0].cpu_us, 120U);
}

TEST(Sample, IgnoresInvalidValues) {
  const auto sample = parse_sample(
      R"({"rss":-5,"heap_used":"much","loop_lag_ms":1e400,"utilization":7,"routes":[[1],"x",[1,2,3,"4"]]})");
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->rss, 0U);
  EXPECT_EQ(sample->heap_used, 0U);
  EXPECT_DOUBLE_EQ(sample->loop_lag_ms, 0);
  EXPECT_DOUBLE_EQ(sample->utilization, 1);
  ASSERT_EQ(sample->routes.size(), 1U);
  EXPECT_EQ(sample->routes[0].cpu_us, 0U);
}

TEST(Sample, RejectsPayloadsThatAreNotObjects) {
  EXPECT_FALSE(parse_sample(""));
  EXPECT_FALSE(parse_sample("[1]"));
  EXPECT_FALSE(parse_sample("{"));
}

}  // namespace
}  // namespace millrace::workers
