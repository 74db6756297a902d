#include "cache/tag_marks.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::cache {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMost = 100'000;

class TagMarksTest : public testing::Test {
 protected:
  void revalidate(const std::string& tag) {
    const std::vector<std::string> tags{tag};
    marks_.revalidate(tags, std::nullopt, now_);
  }
  /// Returns whether an entry with this tag, made `age` ago, has expired.
  [[nodiscard]] bool expired(const std::string& tag, seconds age) const {
    const std::vector<std::string> tags{tag};
    return marks_.expired(tags, now_ - age, now_);
  }

  Clock::time_point now_ = Clock::now();
  TagMarks marks_;
};

TEST_F(TagMarksTest, AreForgottenBeyondTheBoundAndEverythingOlderCountsAsExpired) {
  for (std::size_t i = 0; i < kMost; ++i) revalidate("user-" + std::to_string(i));
  EXPECT_EQ(marks_.size(), kMost);
  EXPECT_FALSE(expired("other", seconds(1)));
  revalidate("one too many");
  EXPECT_EQ(marks_.size(), 0U);
  EXPECT_TRUE(expired("user-7", seconds(1)));
  EXPECT_TRUE(expired("other", seconds(1))) << "it may have been revalidated";
  now_ += seconds(2);
  EXPECT_FALSE(expired("user-7", seconds(1))) << "made since";
}

TEST_F(TagMarksTest, OfOneTagTakeOnePlace) {
  for (std::size_t i = 0; i < kMost + 2; ++i) revalidate("same");
  EXPECT_EQ(marks_.size(), 1U);
}

}  // namespace
}  // namespace millrace::cache
