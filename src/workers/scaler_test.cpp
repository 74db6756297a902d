#include "workers/scaler.hpp"

#include <gtest/gtest.h>

namespace millrace::workers {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ScalerTest : public testing::Test {
 protected:
  [[nodiscard]] std::size_t update(const PoolLoad& load) { return scaler_.update(load, now_); }

  static PoolLoad idle(std::size_t workers) { return {.workers = workers, .ready = workers}; }

  static PoolLoad busy(std::size_t workers, double share) {
    return {.workers = workers,
            .ready = workers,
            .in_flight = 1,
            .used = true,
            .busy = share * static_cast<double>(workers)};
  }

  static PoolLoad waiting(std::size_t workers, int ms) {
    PoolLoad load = idle(workers);
    load.queued = 1;
    load.oldest_wait = milliseconds(ms);
    return load;
  }

  Scaler scaler_{{.min = 1, .max = 3, .target_wait = milliseconds(50), .idle = seconds(60)}};
  net::Clock::time_point now_{seconds(1000)};
};

TEST_F(ScalerTest, KeepsTheMinimum) {
  EXPECT_EQ(update({}), 1U);
  now_ += seconds(1000);
  EXPECT_EQ(update(idle(1)), 1U);
}

TEST(Scaler, StartsWithTheMinimum) {
  Scaler scaler({.min = 2, .max = 2});
  const net::Clock::time_point now{seconds(1000)};
  EXPECT_EQ(scaler.update({.queued = 1, .oldest_wait = seconds(1)}, now), 2U);
  EXPECT_EQ(scaler.update({}, now), 2U);
}

TEST_F(ScalerTest, GrowsIfRequestsWaitTooLong) {
  EXPECT_EQ(update(waiting(1, 49)), 1U);
  EXPECT_EQ(update(waiting(1, 50)), 2U);
}

TEST_F(ScalerTest, WaitsForStartingWorkers) {
  PoolLoad load = waiting(2, 500);
  load.ready = 1;
  EXPECT_EQ(update(load), 1U);
}

TEST_F(ScalerTest, NeverGrowsPastTheMaximum) {
  EXPECT_EQ(update(waiting(2, 50)), 3U);
  EXPECT_EQ(update(waiting(3, 5000)), 3U);
}

TEST_F(ScalerTest, GrowsIfEventLoopsHaveNoTimeLeft) {
  EXPECT_EQ(update(busy(1, 0.89)), 1U);
  EXPECT_EQ(update(busy(1, 0.95)), 2U);
  // The new worker is ready, but has not been measured yet.
  EXPECT_EQ(update(busy(2, 0.95)), 2U);
  now_ += seconds(1);
  EXPECT_EQ(update(busy(2, 0.95)), 3U);
}

TEST_F(ScalerTest, ShrinksToThePeakOfAWhile) {
  static_cast<void>(update(waiting(1, 50)));
  static_cast<void>(update(waiting(2, 50)));
  EXPECT_EQ(update(busy(3, 0.4)), 3U);
  EXPECT_EQ(scaler_.next_check(), now_ + seconds(60));
  now_ += seconds(30);
  EXPECT_EQ(update(busy(3, 0.1)), 3U);
  now_ += seconds(30);
  // At most 1.2 event loops were needed.
  EXPECT_EQ(update(busy(3, 0.1)), 2U);
}

TEST_F(ScalerTest, RestartsIfAllWorkersAreNeededAgain) {
  static_cast<void>(update(waiting(1, 50)));
  static_cast<void>(update(idle(2)));
  now_ += seconds(59);
  static_cast<void>(update(busy(2, 0.8)));
  now_ += seconds(1);
  EXPECT_EQ(update(idle(2)), 2U);
  now_ += seconds(60);
  EXPECT_EQ(update(idle(2)), 1U);
}

TEST(Scaler, ShrinksToZeroAndBackIfAllowed) {
  Scaler scaler({.min = 0, .max = 2, .idle = seconds(10)});
  net::Clock::time_point now{seconds(1000)};
  EXPECT_EQ(scaler.update({}, now), 0U);
  EXPECT_EQ(scaler.update({.queued = 1}, now), 1U);
  EXPECT_EQ(scaler.update({.workers = 1, .ready = 1, .in_flight = 1}, now), 1U);
  EXPECT_EQ(scaler.update({.workers = 1, .ready = 1}, now), 1U);
  now += seconds(9);
  EXPECT_EQ(scaler.update({.workers = 1, .ready = 1, .used = true}, now), 1U);
  now += seconds(10);
  EXPECT_EQ(scaler.update({.workers = 1, .ready = 1}, now), 1U);
  now += seconds(10);
  EXPECT_EQ(scaler.update({.workers = 1, .ready = 1}, now), 0U);
}

}  // namespace
}  // namespace millrace::workers
