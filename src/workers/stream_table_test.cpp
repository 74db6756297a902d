#include "workers/stream_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

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

TEST_F(StreamTableTest, FindsWhatIsOpenAndNothingElse) {
  Invocation& one = make();
  table_.insert(1, one);
  EXPECT_EQ(table_.find(1), &one);
  EXPECT_EQ(table_.find(2), nullptr);
  EXPECT_EQ(table_.find(65), nullptr);
  table_.erase(1);
  EXPECT_EQ(table_.find(1), nullptr);
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(StreamTableTest, KeepsAnOldStreamThroughManyRounds) {
  Invocation& old = make();
  table_.insert(1, old);
  for (std::uint32_t stream = 2; stream < 5000; ++stream) {
    Invocation& brief = make();
    table_.insert(stream, brief);
    ASSERT_EQ(table_.find(stream), &brief);
    table_.erase(stream);
    ASSERT_EQ(table_.find(1), &old);
  }
  EXPECT_EQ(table_.size(), 1U);
}

TEST_F(StreamTableTest, HoldsMoreThanItBeganWith) {
  for (std::uint32_t stream = 1; stream <= 1000; ++stream) table_.insert(stream, make());
  EXPECT_EQ(table_.size(), 1000U);
  for (std::uint32_t stream = 1; stream <= 1000; ++stream) {
    EXPECT_EQ(table_.find(stream), &invocations_[stream - 1]);
  }
  EXPECT_EQ(table_.take_all().size(), 1000U);
  EXPECT_EQ(table_.size(), 0U);
  EXPECT_EQ(table_.find(7), nullptr);
}

}  // namespace
}  // namespace millrace::workers
