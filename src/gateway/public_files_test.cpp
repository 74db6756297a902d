#include "gateway/public_files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>

#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

/// Runs with the folder listed once, as in production, and with a look at the disk for each
/// request, as in development.
class PublicFilesTest : public testing::TestWithParam<bool> {
 protected:
  [[nodiscard]] PublicFiles files() const { return {folder_.path() / "public", GetParam()}; }

  /// Returns the file that is found, relative to the folder; "none" where there is none.
  [[nodiscard]] std::string found(std::string_view path) const {
    const auto file = files().find(path);
    return file ? file->lexically_relative(folder_.path() / "public").string() : "none";
  }

  project::TestFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(ListedAndLive, PublicFilesTest, testing::Bool());

TEST_P(PublicFilesTest, FindTheFilesOfTheFolderByTheirPaths) {
  folder_.write("public/a.txt");
  folder_.write("public/deep/er/b.txt");
  folder_.write("public/.well-known/c");
  EXPECT_EQ(found("/a.txt"), "a.txt");
  EXPECT_EQ(found("/deep/er/b.txt"), "deep/er/b.txt");
  EXPECT_EQ(found("/.well-known/c"), ".well-known/c");
}

TEST_P(PublicFilesTest, FindNothingElse) {
  folder_.write("public/a.txt");
  folder_.write("public/deep/b.txt");
  folder_.write("outside.txt");
  for (const std::string_view path :
       {"", "/", "/A.txt", "/a", "/a.txt/", "/b.txt", "/deep", "/deep/", "/outside.txt",
        "/../outside.txt", "/deep/../../outside.txt", "/deep/..", "/..", "/public/a.txt"}) {
    EXPECT_EQ(found(path), "none") << path;
  }
}

TEST_P(PublicFilesTest, DecodeEscapesInNames) {
  folder_.write("public/a b.txt");
  folder_.write("public/caf\xC3\xA9");
  folder_.write("public/..a");
  folder_.write("public/100%");
  folder_.write("public/100%2");
  EXPECT_EQ(found("/a%20b.txt"), "a b.txt");
  EXPECT_EQ(found("/%61%20b.txt"), "a b.txt");
  EXPECT_EQ(found("/caf%c3%A9"), "caf\xC3\xA9");
  EXPECT_EQ(found("/%2E.a"), "..a");
  EXPECT_EQ(found("/100%25"), "100%");
  EXPECT_EQ(found("/100%"), "100%") << "what is no escape stands for itself";
  EXPECT_EQ(found("/100%2"), "100%2");
}

TEST_P(PublicFilesTest, RejectEscapesThatLeaveTheFolderOrEndTheName) {
  folder_.write("public/a.txt");
  folder_.write("public/deep/b.txt");
  folder_.write("outside.txt");
  for (const std::string_view path :
       {"/%2e%2e/outside.txt", "/deep/%2E./%2e%2e/outside.txt", "/deep%2Fb.txt", "/%2fa.txt",
        "/a.txt%00", "/a.txt%00.png", "/a.tx%zz", "/%2", "/%"}) {
    EXPECT_EQ(found(path), "none") << path;
  }
}

TEST_P(PublicFilesTest, FollowLinksOutOfTheFolder) {
  folder_.write("elsewhere/b.txt");
  folder_.write("public/a.txt");
  std::filesystem::create_symlink("../elsewhere/b.txt", folder_.path() / "public/link.txt");
  std::filesystem::create_symlink("../elsewhere", folder_.path() / "public/links");
  EXPECT_EQ(found("/link.txt"), "link.txt");
  EXPECT_EQ(found("/links/b.txt"), "links/b.txt");
  EXPECT_EQ(found("/links"), "none");
}

TEST_P(PublicFilesTest, DoNotFindALinkThatLeadsNowhere) {
  folder_.write("public/a.txt");
  std::filesystem::create_symlink("gone", folder_.path() / "public/broken");
  EXPECT_EQ(found("/broken"), "none");
  EXPECT_EQ(files().failure(), "");
}

TEST_P(PublicFilesTest, NeedNoFolder) {
  EXPECT_EQ(found("/a.txt"), "none");
  EXPECT_EQ(files().failure(), "");
  folder_.write("public", "a file");
  EXPECT_EQ(found("/a.txt"), "none");
  EXPECT_EQ(files().failure(), "");
}

TEST(PublicFiles, WithoutAFolderAreEmpty) {
  EXPECT_FALSE(PublicFiles().find("/etc/passwd"));
  EXPECT_FALSE(PublicFiles({}, true).find("/etc/passwd"));
}

TEST(PublicFiles, ListTheFolderOnce) {
  const project::TestFolder folder;
  folder.write("public/a.txt");
  const PublicFiles files(folder.path() / "public", false);
  folder.write("public/b.txt");
  std::filesystem::remove(folder.path() / "public/a.txt");
  EXPECT_TRUE(files.find("/a.txt")) << "to open it says that it is gone";
  EXPECT_FALSE(files.find("/b.txt"));
}

TEST(PublicFiles, LiveLookAtTheDiskForEachRequest) {
  const project::TestFolder folder;
  folder.write("public/a.txt");
  const PublicFiles files(folder.path() / "public", true);
  folder.write("public/b.txt");
  std::filesystem::remove(folder.path() / "public/a.txt");
  EXPECT_FALSE(files.find("/a.txt"));
  EXPECT_TRUE(files.find("/b.txt"));
}

TEST(PublicFiles, ReportAFolderThatCannotBeListed) {
  const project::TestFolder folder;
  // Root ignores permissions, but a circular link cannot be read by any user.
  std::filesystem::create_symlink("public", folder.path() / "public");
  const PublicFiles files(folder.path() / "public", false);
  EXPECT_NE(files.failure().find("cannot list " + (folder.path() / "public").string()),
            std::string::npos);
  EXPECT_FALSE(files.find("/a.txt"));
}

TEST(PublicFiles, LiveFindAFileWhoseStatusCannotBeRead) {
  const project::TestFolder folder;
  folder.write("public/a.txt");
  std::filesystem::create_symlink("circle", folder.path() / "public/circle");
  const PublicFiles files(folder.path() / "public", true);
  EXPECT_TRUE(files.find("/circle")) << "to open it says why";
}

}  // namespace
}  // namespace millrace::gateway
