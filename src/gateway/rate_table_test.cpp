#include "gateway/rate_table.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace millrace::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

class RateTableTest : public testing::Test {
 protected:
  /// Asks, and counts what is allowed.
  RateVerdict request(std::uint64_t key, const Rate& rate) {
    const RateVerdict verdict = table_.ask(key, rate, now_);
    if (verdict.allowed) table_.take(key, verdict);
    return verdict;
  }

  RateTable table_;
  nanoseconds now_ = std::chrono::hours(1);
};

TEST_F(RateTableTest, AllowsTheBurstThenTheRate) {
  const Rate rate = Rate::of(10, seconds(10), 3);
  EXPECT_EQ(request(1, rate).remaining, 2U);
  EXPECT_EQ(request(1, rate).remaining, 1U);
  EXPECT_EQ(request(1, rate).remaining, 0U);
  const RateVerdict refused = request(1, rate);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.reset, seconds(1));
  now_ += milliseconds(999);
  EXPECT_FALSE(request(1, rate).allowed);
  now_ += milliseconds(1);
  EXPECT_TRUE(request(1, rate).allowed);
  EXPECT_FALSE(request(1, rate).allowed);
}

TEST_F(RateTableTest, RefillsAfterAPause) {
  const Rate rate = Rate::of(2, seconds(2), 2);
  EXPECT_TRUE(request(1, rate).allowed);
  EXPECT_TRUE(request(1, rate).allowed);
  now_ += std::chrono::hours(24);
  EXPECT_EQ(request(1, rate).remaining, 1U);
}

TEST_F(RateTableTest, CountsKeysApart) {
  const Rate rate = Rate::of(1, seconds(60), 1);
  EXPECT_TRUE(request(1, rate).allowed);
  EXPECT_FALSE(request(1, rate).allowed);
  EXPECT_TRUE(request(2, rate).allowed);
}

TEST_F(RateTableTest, AskingDoesNotCount) {
  const Rate rate = Rate::of(1, seconds(60), 1);
  EXPECT_TRUE(table_.ask(1, rate, now_).allowed);
  EXPECT_TRUE(table_.ask(1, rate, now_).allowed);
}

TEST_F(RateTableTest, AFloodOfNewKeysDoesNotResetALimitThatIsUsedUp) {
  const Rate rate = Rate::of(10, seconds(60), 10);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(request(1, rate).allowed);
  // Forty times as many as the table has places.
  for (std::uint64_t key = 2; key < 40 * RateTable::kMostKeys; ++key) {
    ASSERT_TRUE(request(key, rate).allowed);
  }
  EXPECT_FALSE(request(1, rate).allowed);
}

TEST_F(RateTableTest, ExpiredKeysGiveWayFirst) {
  const Rate rate = Rate::of(1, seconds(1), 1);
  // One set of the table, full of keys that expire after a second.
  for (std::uint64_t way = 1; way <= RateTable::kWays; ++way) {
    ASSERT_TRUE(request(way * RateTable::kSets, rate).allowed);
  }
  now_ += seconds(2);
  const Rate slow = Rate::of(1, seconds(60), 1);
  for (std::uint64_t way = 101; way < 101 + RateTable::kWays; ++way) {
    ASSERT_TRUE(request(way * RateTable::kSets, slow).allowed);
  }
  for (std::uint64_t way = 101; way < 101 + RateTable::kWays; ++way) {
    EXPECT_FALSE(request(way * RateTable::kSets, slow).allowed);
  }
}

TEST(Rate, DoesNotOverflow) {
  const Rate rate = Rate::of(1, std::chrono::hours(24), 1'000'000);
  EXPECT_GT(rate.tolerance.count(), 0);
  RateTable table;
  EXPECT_TRUE(table.ask(1, rate, std::chrono::hours(1)).allowed);
  EXPECT_EQ(Rate::of(1'000'000, milliseconds(1), 1).interval, nanoseconds(1));
}

}  // namespace
}  // namespace millrace::gateway
