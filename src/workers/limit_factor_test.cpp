#include "workers/limit_factor.hpp"

#include <gtest/gtest.h>

namespace millrace::workers {
namespace {

TEST(LimitFactorTest, DoublesUpToABound) {
  LimitFactor factor;
  const net::Clock::time_point now{std::chrono::seconds(1000)};
  EXPECT_EQ(factor.value(now), 1U);
  for (const unsigned expected : {2U, 4U, 8U, 8U}) {
    factor.grow(now);
    EXPECT_EQ(factor.value(now), expected);
  }
}

TEST(LimitFactorTest, IsHalvedByQuietTimes) {
  LimitFactor factor;
  net::Clock::time_point now{std::chrono::seconds(1000)};
  for (int i = 0; i < 3; ++i) factor.grow(now);
  now += LimitFactor::kHalvingPeriod - std::chrono::seconds(1);
  EXPECT_EQ(factor.value(now), 8U);
  now += std::chrono::seconds(1);
  EXPECT_EQ(factor.value(now), 4U);
  factor.grow(now);
  EXPECT_EQ(factor.value(now), 8U);
  EXPECT_EQ(factor.value(now + 1000 * LimitFactor::kHalvingPeriod), 1U);
}

}  // namespace
}  // namespace millrace::workers
