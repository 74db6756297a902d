#include "workers/leak_accountant.hpp"

#include <gtest/gtest.h>

#include <random>

namespace millrace::workers {
namespace {

class LeakAccountantTest : public testing::Test {
 protected:
  void sample(std::uint64_t hello, std::uint64_t leaky, double growth) {
    const std::vector<RouteCost> costs = {
        {.generation = 1, .route = 0, .invocations = hello, .cpu_us = hello * 10},
        {.generation = 1, .route = 1, .invocations = leaky, .cpu_us = leaky * 5}};
    accountant_.observe(costs, growth);
  }

  LeakAccountant accountant_;
};

TEST_F(LeakAccountantTest, SuspectsNothingWithoutGrowth) {
  for (int i = 0; i < 20; ++i) sample(1000, 10, i % 2 == 0 ? 1e5 : -1e5);
  EXPECT_FALSE(accountant_.suspect());
}

TEST_F(LeakAccountantTest, FindsARareLeakingRouteBesideABusyOne) {
  std::mt19937 random(7);
  for (int i = 0; i < 60; ++i) {
    const std::uint64_t leaky = random() % 20;
    // The noise that the garbage of a thousand other requests adds to the heap or removes from it.
    const double noise = static_cast<double>(random() % 2'000'000) - 1'000'000;
    sample(1000 + random() % 200, leaky, 1e6 * static_cast<double>(leaky) + noise);
  }
  const auto suspect = accountant_.suspect();
  ASSERT_TRUE(suspect);
  EXPECT_EQ(suspect->route, 1U);
  EXPECT_NEAR(suspect->retained_bytes, 1e6, 2e5);
}

TEST_F(LeakAccountantTest, RecordsInvocationsAndCpu) {
  sample(10, 1, 0);
  sample(20, 2, 0);
  const auto accounts = accountant_.accounts();
  ASSERT_EQ(accounts.size(), 2U);
  EXPECT_EQ(accounts[0].route, 0U);
  EXPECT_EQ(accounts[0].invocations, 30U);
  EXPECT_EQ(accounts[0].cpu_us, 300U);
  EXPECT_EQ(accounts[1].invocations, 3U);
}

TEST_F(LeakAccountantTest, AcceptsMoreRoutesThanItEstimates) {
  for (std::uint32_t route = 0; route < 200; ++route) {
    const std::vector<RouteCost> costs = {
        {.generation = 1, .route = route, .invocations = 1, .cpu_us = 1}};
    accountant_.observe(costs, 1000);
  }
  EXPECT_EQ(accountant_.accounts().size(), 200U);
  accountant_.restart();
  EXPECT_TRUE(accountant_.accounts().empty());
}

}  // namespace
}  // namespace millrace::workers
