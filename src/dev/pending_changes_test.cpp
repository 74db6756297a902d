#include "dev/pending_changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "project/test_folder.hpp"

namespace millrace::dev {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = FileChange::Kind;

class PendingChangesTest : public testing::Test {
 protected:
  PendingChangesTest() {
    folder_.write("a.ts");
    folder_.write("next.config.mjs");
    filter_.built({path("a.ts"), path("next.config.mjs")}, LastBuild::complete,
                  {path("next.config.mjs")});
    static_cast<void>(pending_.take());
  }

  [[nodiscard]] std::filesystem::path path(const char* name) const { return folder_.path() / name; }

  void change(Kind kind, const char* name) {
    pending_.add({.kind = kind, .path = path(name), .directory = false}, filter_);
  }

  project::TestFolder folder_;
  ChangeFilter filter_{folder_.path()};
  PendingChanges pending_;
};

TEST_F(PendingChangesTest, TheFirstBuildIsOfEverything) {
  PendingChanges fresh;
  fresh.want("a.ts");
  EXPECT_TRUE(fresh.has_changes());
  EXPECT_FALSE(fresh.take());
}

TEST_F(PendingChangesTest, ChangedContentsAreAnUpdate) {
  change(Kind::written, "a.ts");
  change(Kind::written, "a.ts");
  pending_.want("b.ts");
  EXPECT_TRUE(pending_.has_changes());
  const std::optional<UpdateRequest> update = pending_.take();
  ASSERT_TRUE(update);
  EXPECT_THAT(update->changes, ElementsAre(path("a.ts").string()));
  EXPECT_THAT(update->wanted, ElementsAre("b.ts"));
  EXPECT_FALSE(pending_.has_changes());
  EXPECT_FALSE(pending_.has_wanted());
}

TEST_F(PendingChangesTest, AFileThatIsReplacedHasNewContents) {
  change(Kind::gone, "a.ts");
  change(Kind::appeared, "a.ts");
  EXPECT_TRUE(pending_.take());
}

TEST_F(PendingChangesTest, AFileThatIsGoneChangesEverything) {
  change(Kind::gone, "a.ts");
  std::filesystem::remove(path("a.ts"));
  EXPECT_FALSE(pending_.take());
}

TEST_F(PendingChangesTest, ANewFileOrAConfigurationChangesEverything) {
  for (const char* const name : {"new.ts", "next.config.mjs", "package.json", ".env"}) {
    change(Kind::written, name);
    EXPECT_FALSE(pending_.take()) << name;
  }
}

TEST_F(PendingChangesTest, OnlyWantedRoutesAreAnUpdateWithoutChanges) {
  pending_.want("b.ts");
  EXPECT_FALSE(pending_.has_changes());
  EXPECT_TRUE(pending_.has_wanted());
  const std::optional<UpdateRequest> update = pending_.take();
  ASSERT_TRUE(update);
  EXPECT_THAT(update->changes, IsEmpty());
}

}  // namespace
}  // namespace millrace::dev
