#include "workers/stream_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "protocol/generated/frames.hpp"
#include "workers/invocation.hpp"

namespace millrace::workers {
namespace {

class NullObserver final : public Invocation::Observer {
 public:
  void on_response(const link::ResponseView& /*response*/, bool /*end*/) override {}
  void on_body(std::string_view /*bytes*/, bool /*end*/) override {}
  void on_writable() override {}
  void on_failed(Failure /*failure*/) override {}
};

class StreamTableTest : public testing::Test {
 protected:
  Invocation& make() { return invocations_.emplace_back(observer_); }

  NullObserver observer_;
  std::deque<Invocation> invocations_;
  StreamTable table_;
};

TEST_F(StreamTableTest, FindsOnlyOpenStreams) {
  Invocation& one = make();
  table_.insert(1, one);
  EXPECT_EQ(table_.find(1), &one);
  EXPECT_EQ(table_.find(0), nullptr);
  EXPECT_EQ(table_.find(2), nullptr);
  EXPECT_EQ(table_.find(1025), nullptr);
  EXPECT_TRUE(table_.erase(1));
  EXPECT_EQ(table_.find(1), nullptr);
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(StreamTableTest, ErasingAnUnknownStreamChangesNothing) {
  table_.insert(1, make());
  EXPECT_FALSE(table_.erase(0));
  EXPECT_FALSE(table_.erase(2));
  EXPECT_FALSE(table_.erase(1025));
  EXPECT_EQ(table_.size(), 1U);
}

TEST_F(StreamTableTest, MemoryStaysTheSameWhileOneStreamOutlivesAMillionOthers) {
  Invocation& old = make();
  Invocation& brief = make();
  constexpr std::uint64_t kFirst = 1;
  table_.insert(kFirst, old);
  table_.insert(kFirst + 1, brief);
  const std::size_t before = table_.capacity();
  constexpr std::uint64_t kMany = 1'500'000;
  for (std::uint64_t stream = kFirst + 2; stream < kMany; ++stream) {
    table_.insert(stream, brief);
    ASSERT_EQ(table_.find(stream), &brief);
    ASSERT_TRUE(table_.erase(stream - 1));
  }
  EXPECT_EQ(table_.find(kFirst), &old);
  EXPECT_EQ(table_.find(kMany - 2), nullptr);
  EXPECT_EQ(table_.size(), 2U);
  EXPECT_LE(table_.capacity(), before + 64);
}

TEST_F(StreamTableTest, FreesMemoryAfterABurst) {
  const std::size_t before = table_.capacity();
  constexpr std::uint64_t kMany = 50'000;
  Invocation& all = make();
  for (std::uint64_t stream = 1; stream <= kMany; ++stream) table_.insert(stream, all);
  EXPECT_EQ(table_.size(), kMany);
  EXPECT_GE(table_.capacity(), kMany);
  for (std::uint64_t stream = kMany; stream > 0; --stream) {
    ASSERT_EQ(table_.find(stream), &all);
    ASSERT_TRUE(table_.erase(stream));
  }
  EXPECT_EQ(table_.size(), 0U);
  EXPECT_LE(table_.capacity(), before + 300);
}

TEST_F(StreamTableTest, DistinguishesNumbersPast32Bits) {
  constexpr std::uint64_t kRound = std::uint64_t{1} << 32U;
  Invocation& low = make();
  table_.insert(5, low);
  Invocation& high = make();
  table_.insert(kRound + 5, high);
  Invocation& last = make();
  table_.insert(protocol::kMaxStream, last);
  EXPECT_EQ(table_.find(5), &low);
  EXPECT_EQ(table_.find(kRound + 5), &high);
  EXPECT_EQ(table_.find(protocol::kMaxStream), &last);
  EXPECT_EQ(table_.find(2 * kRound + 5), nullptr);
  EXPECT_TRUE(table_.erase(kRound + 5));
  EXPECT_EQ(table_.find(5), &low);
}

TEST_F(StreamTableTest, ListsTheOpenStreams) {
  for (std::uint64_t stream = 1; stream <= 3000; ++stream) table_.insert(stream, make());
  EXPECT_EQ(table_.size(), 3000U);
  for (std::uint64_t stream = 1; stream <= 3000; ++stream) {
    EXPECT_EQ(table_.find(stream), &invocations_[stream - 1]);
  }
  EXPECT_EQ(table_.streams().size(), 3000U);
  for (const std::uint64_t stream : table_.streams()) EXPECT_TRUE(table_.erase(stream));
  EXPECT_EQ(table_.size(), 0U);
  EXPECT_EQ(table_.find(7), nullptr);
}

}  // namespace
}  // namespace millrace::workers
