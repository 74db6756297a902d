#include "workers/patience.hpp"

#include <gtest/gtest.h>

namespace millrace::workers {
namespace {

TEST(PatienceTest, DoublesWithEachUpToABound) {
  Patience patience;
  const net::Clock::time_point now{std::chrono::seconds(1000)};
  EXPECT_EQ(patience.factor(now), 1U);
  for (const unsigned expected : {2U, 4U, 8U, 8U}) {
    patience.grow(now);
    EXPECT_EQ(patience.factor(now), expected);
  }
}

TEST(PatienceTest, IsHalvedByQuietTimes) {
  Patience patience;
  net::Clock::time_point now{std::chrono::seconds(1000)};
  for (int i = 0; i < 3; ++i) patience.grow(now);
  now += Patience::kCalm - std::chrono::seconds(1);
  EXPECT_EQ(patience.factor(now), 8U);
  now += std::chrono::seconds(1);
  EXPECT_EQ(patience.factor(now), 4U);
  patience.grow(now);
  EXPECT_EQ(patience.factor(now), 8U);
  EXPECT_EQ(patience.factor(now + 1000 * Patience::kCalm), 1U);
}

}  // namespace
}  // namespace millrace::workers
