#include "http2/frame_meter.hpp"

#include <gtest/gtest.h>

#include "http2/test_frames.hpp"

namespace millrace::http2 {
namespace {

constexpr FrameLimits kFew{.control = {.burst = 3, .per_second = 1},
                           .resets = {.burst = 3, .per_second = 1},
                           .updates = {.burst = 3, .per_second = 1},
                           .empties = {.burst = 3, .per_second = 1},
                           .header_block = 100,
                           .continuations = 2};

/// Takes whole frames, or parts of them, until one is a flood.
Flood check(FrameMeter& meter, std::string_view input, std::uint32_t now) {
  while (!input.empty()) {
    const FrameMeter::Seen seen = meter.take(input, now);
    if (seen.flood != Flood::none) return seen.flood;
    input.remove_prefix(seen.size);
  }
  return Flood::none;
}

/// Returns the result of so many frames, sent byte by byte.
Flood flood_of(int count, const std::string& each, std::uint32_t now = 0) {
  FrameMeter meter(kFew);
  Flood found = check(meter, kPreface, now);
  for (int i = 0; i < count && found == Flood::none; ++i) {
    for (const char byte : each) {
      found = check(meter, {&byte, 1}, now);
      if (found != Flood::none) break;
    }
  }
  return found;
}

TEST(FrameMeterTest, CountsEachKindOnItsOwn) {
  struct Kind {
    Flood flood;
    std::string bytes;
  };
  for (const Kind& kind :
       {Kind{Flood::control, frame(4, 0, 0, "")}, Kind{Flood::control, frame(6, 0, 0, "12345678")},
        Kind{Flood::control, frame(2, 0, 1, "12345")},
        Kind{Flood::control, frame(16, 0, 0, "12345")}, Kind{Flood::control, frame(200, 0, 1, "")},
        Kind{Flood::resets, frame(3, 0, 1, "1234")}, Kind{Flood::updates, frame(8, 0, 1, "1234")},
        Kind{Flood::empties, frame(0, 0, 1, "")}}) {
    EXPECT_EQ(flood_of(3, kind.bytes), Flood::none);
    EXPECT_EQ(flood_of(4, kind.bytes), kind.flood);
  }
  EXPECT_EQ(flood_of(1000, frame(0, 0, 1, "x")), Flood::none);
  EXPECT_EQ(flood_of(1000, frame(1, 4, 1, "x")), Flood::none);
  EXPECT_EQ(flood_of(1000, frame(0, 1, 1, "")), Flood::none);
}

TEST(FrameMeterTest, BoundsAHeaderBlock) {
  FrameMeter meter(kFew);
  ASSERT_EQ(check(meter, std::string(kPreface) + frame(1, 0, 1, std::string(60, 'x')), 7),
            Flood::none);
  EXPECT_TRUE(meter.in_header_block());
  EXPECT_EQ(meter.block_began(), 7U);
  FrameMeter large = meter;
  EXPECT_EQ(check(large, frame(9, 0, 1, std::string(60, 'x')), 7), Flood::header_block);
  ASSERT_EQ(check(meter, frame(9, 0, 1, "x"), 8), Flood::none);
  FrameMeter many = meter;
  EXPECT_EQ(check(meter, frame(9, 4, 1, "x"), 8), Flood::none);
  EXPECT_FALSE(meter.in_header_block());
  ASSERT_EQ(check(many, frame(9, 0, 1, "x"), 8), Flood::none);
  EXPECT_EQ(check(many, frame(9, 4, 1, "x"), 8), Flood::header_block);
}

TEST(FrameMeterTest, AllowsUpdatesForDataThatWasSent) {
  FrameMeter meter(kFew);
  ASSERT_EQ(check(meter, kPreface, 0), Flood::none);
  for (int i = 0; i < 100; ++i) {
    meter.grant_updates(1);
    ASSERT_EQ(check(meter, frame(8, 0, 1, "1234") + frame(8, 0, 0, "1234"), 0), Flood::none);
  }
}

TEST(FrameMeterTest, DoesNotLookIntoPayloads) {
  std::string payload;
  for (int i = 0; i < 50; ++i) payload += frame(3, 0, 1, "1234");
  EXPECT_EQ(flood_of(10, frame(0, 0, 1, payload)), Flood::none);
}

}  // namespace
}  // namespace millrace::http2
