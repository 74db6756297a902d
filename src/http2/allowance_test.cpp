#include "http2/allowance.hpp"

#include <gtest/gtest.h>

namespace millrace::http2 {
namespace {

TEST(AllowanceTest, AllowsABurstThenARate) {
  Allowance allowance({.burst = 2, .per_second = 1});
  EXPECT_TRUE(allowance.take(10));
  EXPECT_TRUE(allowance.take(10));
  EXPECT_FALSE(allowance.take(10));
  EXPECT_TRUE(allowance.take(11));
  EXPECT_FALSE(allowance.take(11));
}

TEST(AllowanceTest, NeverHasMoreThanItsBurst) {
  Allowance allowance({.burst = 2, .per_second = 100});
  allowance.grant(100);
  EXPECT_TRUE(allowance.take(1'000'000));
  EXPECT_TRUE(allowance.take(1'000'000));
  EXPECT_FALSE(allowance.take(1'000'000));
  allowance.grant(1);
  EXPECT_TRUE(allowance.take(1'000'000));
}

}  // namespace
}  // namespace millrace::http2
