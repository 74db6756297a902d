#include "base/memory_budget.hpp"

#include <gtest/gtest.h>

namespace millrace::base {
namespace {

TEST(MemoryBudget, RefusesBytesBeyondItsLimitAndChangesNothingThen) {
  const auto budget = std::make_shared<MemoryBudget>(100);
  MemoryBudget::Share one(budget);
  MemoryBudget::Share other(budget);
  EXPECT_TRUE(one.try_set(60));
  EXPECT_FALSE(other.try_set(41));
  EXPECT_TRUE(other.try_set(40));
  EXPECT_FALSE(one.try_set(61));
  EXPECT_EQ(one.bytes(), 60U);
  EXPECT_EQ(budget->used(), 100U);
}

TEST(MemoryBudget, ReturnsTheBytesOfADestroyedShare) {
  const auto budget = std::make_shared<MemoryBudget>(100);
  {
    MemoryBudget::Share share(budget);
    share.set(70);
    MemoryBudget::Share moved(std::move(share));
    EXPECT_EQ(budget->used(), 70U);
    MemoryBudget::Share replaced(budget);
    replaced.set(5);
    replaced = std::move(moved);
    EXPECT_EQ(budget->used(), 70U);
  }
  EXPECT_EQ(budget->used(), 0U);
}

TEST(MemoryBudget, CountsBytesThatCannotBeRefusedAndIsShortThen) {
  const auto budget = std::make_shared<MemoryBudget>(100);
  MemoryBudget::Share share(budget);
  share.set(75);
  EXPECT_FALSE(budget->is_short());
  share.set(130);
  EXPECT_TRUE(budget->is_short());
  // A decrease is never refused.
  EXPECT_TRUE(share.try_set(120));
}

TEST(MemoryBudget, AShareWithoutABudgetIsNeverRefused) {
  MemoryBudget::Share share;
  EXPECT_TRUE(share.try_set(1U << 30U));
  EXPECT_EQ(share.bytes(), 0U);
}

TEST(MemoryBudget, RecordsTheMaximum) {
  auto budget = std::make_shared<MemoryBudget>(100);
  MemoryBudget::Share share(budget);
  share.set(80);
  share.set(10);
  EXPECT_EQ(budget->most(), 80U);
  budget->restart_most();
  EXPECT_EQ(budget->most(), 10U);
}

}  // namespace
}  // namespace millrace::base
