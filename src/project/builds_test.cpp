#include "project/builds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "project/test_folder.hpp"

namespace millrace::project {
namespace {

namespace fs = std::filesystem;

class BuildsTest : public testing::Test {
 protected:
  /// A complete build, made current as by `millrace build`.
  fs::path build(const std::string& id) {
    fs::path folder = next_build(root(), id);
    EXPECT_FALSE(fs::exists(folder));
    folder_.write(fs::relative(folder, root()).string() + "/manifest.json", "{}");
    EXPECT_TRUE(make_current(root(), folder));
    return folder;
  }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const BuildFolder& known : list_builds(root())) {
      all.push_back(known.name + (known.current ? "*" : ""));
    }
    return all;
  }

  [[nodiscard]] const fs::path& root() const { return folder_.path(); }

  TestFolder folder_;
};

TEST_F(BuildsTest, AreNumberedAndTheNewestIsCurrent) {
  EXPECT_EQ(current_build(root()).error().code(), base::ErrorCode::not_found);
  build("a");
  const fs::path second = build("b");
  EXPECT_THAT(names(), testing::ElementsAre("1-a", "2-b*"));
  EXPECT_EQ(*current_build(root()), second);
}

TEST_F(BuildsTest, GoPastTenInOrder) {
  for (int i = 0; i < 11; ++i) build("x");
  EXPECT_EQ(list_builds(root()).back().number, 11U);
}

TEST_F(BuildsTest, ThatAreIncompleteKeepTheirNumber) {
  build("a");
  fs::create_directory(root() / ".millrace/builds/2-broken");
  EXPECT_THAT(names(), testing::ElementsAre("1-a*"));
  build("c");
  EXPECT_THAT(names(), testing::ElementsAre("1-a", "3-c*"));
}

TEST_F(BuildsTest, BesidesOneAreTheNewestThatAreKept) {
  EXPECT_THAT(other_builds(root(), root()), testing::IsEmpty());
  std::vector<fs::path> all;
  for (std::size_t i = 0; i < kKeptBuilds + 3; ++i) all.push_back(build("x"));
  std::vector<fs::path> newest(all.rbegin(), all.rbegin() + kKeptBuilds);
  EXPECT_EQ(other_builds(root(), all.front()), newest);
  newest.erase(newest.begin());
  newest.push_back(all[2]);
  EXPECT_EQ(other_builds(root(), all.back()), newest);
}

TEST_F(BuildsTest, RollBackOneByOneUntilThereIsNone) {
  build("a");
  build("b");
  build("c");
  EXPECT_EQ(roll_back(root())->name, "2-b");
  EXPECT_EQ(roll_back(root())->name, "1-a");
  EXPECT_THAT(names(), testing::ElementsAre("1-a*", "2-b", "3-c"));
  const auto none = roll_back(root());
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message(), testing::HasSubstr("no build before 1-a"));
  // The next build follows the newest number, not the first free one.
  build("d");
  EXPECT_THAT(names(), testing::ElementsAre("1-a", "2-b", "3-c", "4-d*"));
}

TEST_F(BuildsTest, AreRemovedButTheNewestTheCurrentAndThoseInUse) {
  const fs::path used = build("a");
  const BuildInUse in_use(used);
  build("b");
  build("c");
  build("d");
  build("e");
  static_cast<void>(roll_back(root()));
  static_cast<void>(roll_back(root()));
  remove_old_builds(root(), 1);
  EXPECT_THAT(names(), testing::ElementsAre("1-a", "3-c*", "5-e"));
}

TEST_F(BuildsTest, AreFoundByName) {
  const fs::path first = build("a");
  build("b");
  ASSERT_TRUE(named_build(root(), "1-a"));
  EXPECT_EQ(*named_build(root(), "1-a"), first);
  const auto missing = named_build(root(), "../1-a");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message(), testing::HasSubstr("it contains: 1-a, 2-b"));
}

TEST_F(BuildsTest, CannotRunConcurrently) {
  {
    const auto first = BuildLock::take(root());
    ASSERT_TRUE(first);
    const auto second = BuildLock::take(root());
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message(), testing::HasSubstr("is running"));
  }
  EXPECT_TRUE(BuildLock::take(root()));
}

}  // namespace
}  // namespace millrace::project
