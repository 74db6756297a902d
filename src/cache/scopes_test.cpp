#include "cache/scopes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::cache {
namespace {

using std::chrono::seconds;

class ScopesTest : public testing::Test {
 protected:
  void set(std::string_view scope, const std::string& value) {
    scopes_.of(scope).data.set("key", value, {}, tags_, now_, now_);
  }
  std::string get(std::string_view scope) {
    return std::string(scopes_.of(scope).data.get("key", {}, now_).value);
  }

  Scopes scopes_;
  Clock::time_point now_ = Clock::time_point() + seconds(1000);
  std::vector<std::string> tags_{"tag"};
};

TEST_F(ScopesTest, ScopesDoNotShareEntries) {
  set("", "own");
  EXPECT_EQ(get("plugins"), "");
  set("plugins", "theirs");
  EXPECT_EQ(get(""), "own");
  EXPECT_EQ(get("plugins"), "theirs");
  EXPECT_EQ(get("others"), "");
}

TEST_F(ScopesTest, ATagIsRevalidatedInItsScopeOnly) {
  set("", "own");
  set("plugins", "theirs");
  now_ += seconds(1);
  scopes_.of("plugins").data.revalidate(tags_, std::nullopt, now_);
  EXPECT_EQ(get(""), "own");
  EXPECT_EQ(get("plugins"), "");
}

TEST_F(ScopesTest, FillingOneLeavesTheRoomOfOthers) {
  scopes_.restart(1000);
  set("", "own");
  for (int i = 0; i < 100; ++i) {
    scopes_.of("plugins").data.set(std::to_string(i), std::string(500, 'x'), {}, {}, now_, now_);
  }
  EXPECT_LE(scopes_.of("plugins").data.bytes(), 1000U);
  EXPECT_EQ(get(""), "own");
}

TEST_F(ScopesTest, RestartEmptiesAll) {
  set("", "own");
  set("plugins", "theirs");
  scopes_.restart(kDefaultCapacity);
  EXPECT_EQ(get(""), "");
  EXPECT_EQ(get("plugins"), "");
}

}  // namespace
}  // namespace millrace::cache
