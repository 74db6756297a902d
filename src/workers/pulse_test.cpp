#include "workers/pulse.hpp"

#include <gtest/gtest.h>

namespace millrace::workers {
namespace {

using std::chrono::milliseconds;
using State = Pulse::State;

class PulseTest : public testing::Test {
 protected:
  [[nodiscard]] State after(int ms) {
    now_ += milliseconds(ms);
    return pulse_.state(now_);
  }

  Pulse pulse_;
  net::Clock::time_point now_{std::chrono::seconds(1000)};
};

TEST_F(PulseTest, IsLivelyWithoutRequests) { EXPECT_EQ(after(100'000), State::lively); }

TEST_F(PulseTest, IsLivelyIfFramesArriveInTime) {
  pulse_.request_sent(now_);
  EXPECT_EQ(after(9), State::lively);
  EXPECT_FALSE(pulse_.frame_received());
  EXPECT_EQ(after(100), State::lively);
}

TEST_F(PulseTest, IsQuietThenSuspectThenUnresponsive) {
  pulse_.request_sent(now_);
  EXPECT_EQ(after(10), State::quiet);
  pulse_.pinged(now_);
  EXPECT_EQ(after(0), State::suspect);
  EXPECT_EQ(after(19), State::suspect);
  EXPECT_EQ(after(1), State::unresponsive);
  EXPECT_TRUE(pulse_.frame_received());
  EXPECT_EQ(after(0), State::lively);
}

TEST_F(PulseTest, CountsFromTheFirstRequestAndTheFirstPing) {
  pulse_.request_sent(now_);
  now_ += milliseconds(8);
  pulse_.request_sent(now_);
  EXPECT_EQ(after(2), State::quiet);
  pulse_.pinged(now_);
  const auto first = now_;
  now_ += milliseconds(15);
  pulse_.pinged(now_);
  EXPECT_EQ(pulse_.pinged_at(), first);
  EXPECT_EQ(after(5), State::unresponsive);
}

}  // namespace
}  // namespace millrace::workers
