#include "gateway/replay_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace millrace::gateway {
namespace {

std::string numbered(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
  text.resize(size);
  return text;
}

std::string read_all(ReplayBuffer& buffer, std::size_t step) {
  std::string text;
  while (buffer.left() > 0) {
    const std::string_view piece = buffer.next(step);
    if (piece.empty()) break;
    text += piece;
    buffer.advance(piece.size());
  }
  return text;
}

TEST(ReplayBuffer, ReturnsItsBytesAfterEachRewind) {
  const std::string text = numbered(500'000);
  ReplayBuffer buffer(std::make_shared<base::MemoryBudget>(1'000'000));
  for (std::size_t at = 0; at < text.size(); at += 777) {
    ASSERT_TRUE(buffer.append(std::string_view(text).substr(at, 777)));
  }
  EXPECT_EQ(buffer.size(), text.size());
  EXPECT_EQ(read_all(buffer, 100'000), text);
  buffer.rewind();
  EXPECT_EQ(read_all(buffer, 1'000), text);
}

TEST(ReplayBuffer, CanBeReadWhileItGrows) {
  ReplayBuffer buffer(std::make_shared<base::MemoryBudget>(1'000'000));
  EXPECT_EQ(buffer.left(), 0U);
  EXPECT_TRUE(buffer.next(10).empty());
  ASSERT_TRUE(buffer.append("abc"));
  EXPECT_EQ(read_all(buffer, 2), "abc");
  ASSERT_TRUE(buffer.append(numbered(200'000)));
  EXPECT_EQ(read_all(buffer, 4096), numbered(200'000));
}

TEST(ReplayBuffer, CostsLittleMoreThanItsBytes) {
  const auto budget = std::make_shared<base::MemoryBudget>(20'000'000);
  ReplayBuffer buffer(budget);
  ASSERT_TRUE(buffer.append("x"));
  EXPECT_LE(buffer.cost(), 4096U);
  ASSERT_TRUE(buffer.append(numbered(2'000'000)));
  EXPECT_LE(budget->used(), 2'000'000U + 2 * 65'536U);
}

TEST(ReplayBuffer, RejectsBytesBeyondTheBudgetAndKeepsTheOthers) {
  const auto budget = std::make_shared<base::MemoryBudget>(100'000);
  {
    ReplayBuffer buffer(budget);
    ASSERT_TRUE(buffer.append(numbered(60'000)));
    EXPECT_FALSE(buffer.append(numbered(60'000)));
    EXPECT_EQ(read_all(buffer, 60'000), numbered(60'000));
  }
  EXPECT_EQ(budget->used(), 0U);
}

TEST(ReplayBuffer, ReturnsAtMostTheRequestedBytes) {
  ReplayBuffer buffer(std::make_shared<base::MemoryBudget>(1'000'000));
  ASSERT_TRUE(buffer.append("abcdef"));
  EXPECT_EQ(buffer.next(4), "abcd");
  EXPECT_EQ(buffer.next(4), "abcd") << "looking is not reading";
  buffer.advance(3);
  EXPECT_EQ(buffer.next(100), "def");
  EXPECT_EQ(buffer.next(0), "");
  EXPECT_EQ(buffer.left(), 3U);
}

TEST(ReplayBuffer, AnEmptyAppendCostsNothing) {
  const auto budget = std::make_shared<base::MemoryBudget>(0);
  ReplayBuffer buffer(budget);
  EXPECT_TRUE(buffer.append(""));
  buffer.advance(0);
  buffer.rewind();
  EXPECT_EQ(buffer.size(), 0U);
  EXPECT_EQ(buffer.cost(), 0U);
  EXPECT_FALSE(buffer.append("x"));
}

TEST(ReplayBuffer, ContinuesAtItsPositionWhenMoreIsAppended) {
  ReplayBuffer buffer(std::make_shared<base::MemoryBudget>(1'000'000));
  ASSERT_TRUE(buffer.append("abc"));
  EXPECT_EQ(read_all(buffer, 10), "abc");
  ASSERT_TRUE(buffer.append("def"));
  EXPECT_EQ(read_all(buffer, 10), "def");
  buffer.rewind();
  EXPECT_EQ(read_all(buffer, 10), "abcdef");
}

}  // namespace
}  // namespace millrace::gateway
