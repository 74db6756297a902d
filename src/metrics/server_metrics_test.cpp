#include "metrics/server_metrics.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::metrics {
namespace {

TEST(PoolsMetricsTest, KeepsTheMetricsOfAName) {
  PoolsMetrics pools;
  pools.of("default")->worker_started();
  EXPECT_EQ(pools.of("default")->starts(), 1U);
  EXPECT_EQ(pools.of("reports")->starts(), 0U);
}

TEST(PoolsMetricsTest, SharesOneNameBeyondItsBound) {
  PoolsMetrics pools;
  for (std::size_t i = 0; i < 2 * PoolsMetrics::kMost; ++i) {
    pools.of("pool " + std::to_string(i))->worker_started();
  }
  EXPECT_EQ(pools.all().size(), PoolsMetrics::kMost);
  EXPECT_EQ(pools.of("(other)")->starts(), PoolsMetrics::kMost + 1);
}

TEST(PoolMetricsTest, AddsUpTheCostsOfARoute) {
  PoolMetrics pool;
  pool.charged(5, {.invocations = 2, .cpu_us = 30});
  pool.charged(5, {.invocations = 1, .cpu_us = 4});
  pool.charged(2, {.invocations = 1, .cpu_us = 1});
  ASSERT_EQ(pool.costs().size(), 6U);
  EXPECT_EQ(pool.costs()[5].invocations, 3U);
  EXPECT_EQ(pool.costs()[5].cpu_us, 34U);
}

}  // namespace
}  // namespace millrace::metrics
