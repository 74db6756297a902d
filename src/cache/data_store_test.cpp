#include "cache/data_store.hpp"

#include <gtest/gtest.h>

namespace millrace::cache {
namespace {

using namespace std::chrono_literals;

class DataStoreTest : public testing::Test {
 protected:
  Freshness look(std::string_view key, std::vector<std::string> tags = {}) {
    return store_.get(key, tags, now_).freshness;
  }

  void revalidate(std::vector<std::string> tags, std::optional<TagProfile> profile = {}) {
    store_.revalidate(tags, profile, now_);
  }

  TagMarks marks_;
  DataStore store_{marks_, 10'000};
  Clock::time_point now_{1h};
};

TEST_F(DataStoreTest, ReturnsStoredValues) {
  EXPECT_EQ(look("a"), Freshness::none);
  store_.set("a", "one", {}, {"t"}, now_, now_);
  store_.set("a", "two", {}, {"t", "u"}, now_, now_);
  now_ += 1000h;
  const Found found = store_.get("a", {}, now_);
  EXPECT_EQ(found.freshness, Freshness::fresh);
  EXPECT_EQ(found.value, "two");
  EXPECT_EQ(found.age, 1000h);
  ASSERT_EQ(found.tags.size(), 2U);
  EXPECT_EQ(store_.size(), 1U);
}

TEST_F(DataStoreTest, ValuesBecomeStaleAndExpire) {
  store_.set("a", "one", {.revalidate = 10s, .expire = 20s}, {}, now_, now_);
  now_ += 10s;
  EXPECT_EQ(look("a"), Freshness::fresh);
  now_ += 1ms;
  EXPECT_EQ(look("a"), Freshness::stale);
  now_ += 10s;
  EXPECT_EQ(look("a"), Freshness::none);
  EXPECT_EQ(store_.bytes(), 0U);
}

TEST_F(DataStoreTest, ATagWithoutProfileExpiresWhatWasMadeBefore) {
  store_.set("a", "one", {}, {"t"}, now_, now_);
  store_.set("b", "one", {}, {"other"}, now_, now_);
  now_ += 1ms;
  revalidate({"t"});
  EXPECT_EQ(look("a"), Freshness::none);
  EXPECT_EQ(look("b"), Freshness::fresh);
  now_ += 1ms;
  store_.set("a", "two", {}, {"t"}, now_, now_);
  EXPECT_EQ(look("a"), Freshness::fresh);
}

TEST_F(DataStoreTest, ATagWithProfileMakesStaleAndExpiresLater) {
  store_.set("a", "one", {}, {"t"}, now_, now_);
  now_ += 1ms;
  revalidate({"t"}, TagProfile{.expire = 5s});
  EXPECT_EQ(look("a"), Freshness::stale);
  now_ += 5s;
  EXPECT_EQ(look("a"), Freshness::none);
}

TEST_F(DataStoreTest, AProfileWithoutExpireNeverExpires) {
  store_.set("a", "one", {}, {"t"}, now_, now_);
  now_ += 1ms;
  revalidate({"t"}, TagProfile{});
  now_ += 1000h;
  EXPECT_EQ(look("a"), Freshness::stale);
}

TEST_F(DataStoreTest, TagsOfTheRequestCountForTheRequestOnly) {
  store_.set("a", "one", {}, {}, now_, now_);
  now_ += 1ms;
  revalidate({"_N_T_/api/x"});
  EXPECT_EQ(look("a", {"_N_T_/api/x"}), Freshness::none);
  EXPECT_EQ(look("a"), Freshness::fresh);
}

TEST_F(DataStoreTest, EvictsTheLeastRecentlyUsed) {
  store_.set("a", std::string(4000, 'a'), {}, {}, now_, now_);
  store_.set("b", std::string(4000, 'b'), {}, {}, now_, now_);
  EXPECT_EQ(look("a"), Freshness::fresh);
  store_.set("c", std::string(4000, 'c'), {}, {}, now_, now_);
  EXPECT_EQ(look("b"), Freshness::none);
  EXPECT_EQ(look("a"), Freshness::fresh);
  EXPECT_EQ(look("c"), Freshness::fresh);
  EXPECT_LE(store_.bytes(), 10'000U);
}

TEST_F(DataStoreTest, ValuesThatAreTooLongAreNotStored) {
  store_.set("a", "one", {}, {}, now_, now_);
  store_.set("a", std::string(20'000, 'x'), {}, {}, now_, now_);
  EXPECT_EQ(store_.get("a", {}, now_).value, "one");
  DataStore large(marks_);
  large.set("a", std::string(kLongestValue, 'x'), {}, {}, now_, now_);
  large.set("b", std::string(kLongestValue + 1, 'x'), {}, {}, now_, now_);
  EXPECT_EQ(large.size(), 1U);
}

TEST_F(DataStoreTest, RestartsWithAnotherCapacity) {
  store_.set("a", "one", {}, {}, now_, now_);
  store_.restart(0);
  EXPECT_EQ(look("a"), Freshness::none);
  store_.set("a", "one", {}, {}, now_, now_);
  EXPECT_EQ(store_.size(), 0U);
}

TEST_F(DataStoreTest, ATagRevalidatedWhileTheValueIsMadeCounts) {
  const auto begun = now_;
  now_ += 1s;
  revalidate({"t"});
  now_ += 1s;
  store_.set("a", "one", {.revalidate = 10s, .expire = {}}, {"t"}, begun, now_);
  EXPECT_EQ(look("a"), Freshness::none);
  store_.set("a", "two", {.revalidate = 10s, .expire = {}}, {"t"}, now_ - 500ms, now_);
  now_ += 10s;
  EXPECT_EQ(look("a"), Freshness::fresh);
}

TEST_F(DataStoreTest, MarksAreBoundedAndRevalidatedEntriesStayExpired) {
  store_.set("a", "one", {}, {"tag 0"}, now_, now_);
  now_ += 1ms;
  for (int i = 0; i <= 100'000; ++i) revalidate({"tag " + std::to_string(i)});
  EXPECT_EQ(look("a"), Freshness::none);
}

}  // namespace
}  // namespace millrace::cache
