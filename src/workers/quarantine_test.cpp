#include "workers/quarantine.hpp"

#include <gtest/gtest.h>

namespace millrace::workers {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class QuarantineTest : public testing::Test {
 protected:
  QuarantineTest() { quarantine_.restart(3); }

  void crash(std::uint32_t route, int times) {
    for (int i = 0; i < times; ++i) pause_ = quarantine_.record_crash(route, now_);
  }

  Quarantine quarantine_;
  milliseconds pause_{0};
  net::Clock::time_point now_{seconds(1000)};
};

TEST_F(QuarantineTest, AllowsTwoCrashes) {
  crash(1, 2);
  EXPECT_EQ(pause_, milliseconds(0));
  EXPECT_TRUE(quarantine_.admits(1, now_));
}

TEST_F(QuarantineTest, PausesOnlyThatRoute) {
  crash(1, 3);
  EXPECT_EQ(pause_, seconds(1));
  EXPECT_FALSE(quarantine_.admits(1, now_));
  EXPECT_TRUE(quarantine_.admits(0, now_));
  EXPECT_TRUE(quarantine_.admits(2, now_));
}

TEST_F(QuarantineTest, AllowsOneAttemptAfterThePause) {
  crash(1, 3);
  now_ += seconds(1);
  EXPECT_TRUE(quarantine_.admits(1, now_));
  EXPECT_FALSE(quarantine_.admits(1, now_));
  quarantine_.responded(1);
  EXPECT_TRUE(quarantine_.admits(1, now_));
  EXPECT_TRUE(quarantine_.admits(1, now_));
}

TEST_F(QuarantineTest, PausesLongerEachTimeUpToAMinute) {
  crash(1, 4);
  EXPECT_EQ(pause_, seconds(2));
  crash(1, 40);
  EXPECT_EQ(pause_, seconds(60));
  crash(1, 5'000);
  EXPECT_EQ(pause_, seconds(60));
}

TEST_F(QuarantineTest, RestartsAfterAResponse) {
  crash(1, 2);
  quarantine_.responded(1);
  crash(1, 2);
  EXPECT_TRUE(quarantine_.admits(1, now_));
}

TEST_F(QuarantineTest, IsResetByANewGenerationAndCoversItsRoutesOnly) {
  crash(1, 3);
  quarantine_.restart(1);
  EXPECT_TRUE(quarantine_.admits(1, now_));
  EXPECT_EQ(quarantine_.record_crash(7, now_), milliseconds(0));
  EXPECT_TRUE(quarantine_.admits(7, now_));
}

}  // namespace
}  // namespace millrace::workers
