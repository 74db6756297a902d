#include "gateway/rate_meter.hpp"

#include <gtest/gtest.h>

namespace millrace::gateway {
namespace {

constexpr MinimalRate kLeast{.bytes_per_second = 240, .span = 60};

/// Returns the second at which a peer that moves `bytes` every `interval` seconds fails; 0 for
/// never.
std::uint32_t given_up_at(std::uint64_t bytes, std::uint32_t interval, std::uint32_t until = 1000) {
  RateMeter meter;
  std::uint64_t moved = 0;
  for (std::uint32_t now = 1; now <= until; ++now) {
    if (now % interval == 0) moved += bytes;
    if (!meter.keeps_up(now, moved, true, kLeast)) return now;
  }
  return 0;
}

TEST(RateMeter, RejectsAPeerThatTricklesAndOneThatStalls) {
  EXPECT_EQ(given_up_at(0, 1), 61U);
  EXPECT_EQ(given_up_at(1, 50), 61U);
  EXPECT_EQ(given_up_at(239, 1), 61U);
}

TEST(RateMeter, AcceptsASlowButSteadyPeer) {
  EXPECT_EQ(given_up_at(240, 1), 0U);
  EXPECT_EQ(given_up_at(14'400, 60), 0U);
  EXPECT_EQ(given_up_at(1'000'000'000'000, 60), 0U);
}

TEST(RateMeter, JudgesEachSpanByItself) {
  RateMeter meter;
  EXPECT_TRUE(meter.keeps_up(0, 0, true, kLeast));
  EXPECT_TRUE(meter.keeps_up(60, 1'000'000, true, kLeast));
  // Bytes in the first span do not count for the second.
  EXPECT_FALSE(meter.keeps_up(120, 1'000'001, true, kLeast));
}

TEST(RateMeter, IgnoresSpansInWhichNothingIsOwed) {
  RateMeter meter;
  for (std::uint32_t now = 0; now < 1000; ++now) {
    EXPECT_TRUE(meter.keeps_up(now, 0, now % 50 != 0, kLeast)) << now;
  }
}

TEST(RateMeter, BeginsAnewAfterARestart) {
  RateMeter meter;
  EXPECT_TRUE(meter.keeps_up(0, 0, true, kLeast));
  meter.restart();
  EXPECT_TRUE(meter.keeps_up(100, 0, true, kLeast));
  EXPECT_TRUE(meter.keeps_up(159, 0, true, kLeast));
  EXPECT_FALSE(meter.keeps_up(160, 0, true, kLeast));
}

TEST(RateMeter, WithoutARateRequiresAnyProgress) {
  constexpr MinimalRate kAny{.bytes_per_second = 0, .span = 60};
  RateMeter meter;
  EXPECT_TRUE(meter.keeps_up(0, 0, true, kAny));
  EXPECT_TRUE(meter.keeps_up(60, 1, true, kAny));
  EXPECT_FALSE(meter.keeps_up(120, 1, true, kAny));
}

TEST(RateMeter, WorksWhenItsCountersWrap) {
  RateMeter meter;
  const std::uint64_t most = UINT64_MAX - 10'000;
  EXPECT_TRUE(meter.keeps_up(UINT32_MAX - 30, most, true, kLeast));
  // Both counters have wrapped.
  EXPECT_TRUE(meter.keeps_up(29, most + 14'400, true, kLeast));
}

}  // namespace
}  // namespace millrace::gateway
