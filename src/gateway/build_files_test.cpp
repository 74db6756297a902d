#include "gateway/build_files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

class BuildFilesTest : public testing::Test {
 protected:
  BuildFilesTest() {
    folder_.write("3-c/static/same.js");
    folder_.write("3-c/static/new.js");
    folder_.write("2-b/static/same.js");
    folder_.write("2-b/static/old.js");
    folder_.write("1-a/static/same.js");
    folder_.write("1-a/static/old.js");
    folder_.write("1-a/static/oldest.js");
    folder_.write("1-a/manifest.json");
  }

  [[nodiscard]] BuildFiles files() const {
    return {folder_.path() / "3-c", {folder_.path() / "2-b", folder_.path() / "1-a"}};
  }

  [[nodiscard]] std::string found(const BuildFiles& files, std::string_view path,
                                  std::string_view deployment = {}) const {
    const auto file = files.find(path, deployment);
    return file ? file->path.lexically_relative(folder_.path()).string() : "none";
  }

  project::TestFolder folder_;
};

TEST_F(BuildFilesTest, AreThoseOfTheServedBuildThenOfTheNewest) {
  EXPECT_EQ(found(files(), "/same.js"), "3-c/static/same.js");
  EXPECT_EQ(found(files(), "/new.js"), "3-c/static/new.js");
  EXPECT_EQ(found(files(), "/old.js"), "2-b/static/old.js");
  EXPECT_EQ(found(files(), "/oldest.js"), "1-a/static/oldest.js");
  EXPECT_EQ(found(files(), "/none.js"), "none");
  EXPECT_EQ(found(files(), "/../manifest.json"), "none");
}

TEST_F(BuildFilesTest, OfTheDeploymentThatIsNamedComeFirst) {
  EXPECT_EQ(found(files(), "/same.js", "1-a"), "1-a/static/same.js");
  EXPECT_EQ(found(files(), "/old.js", "1-a"), "1-a/static/old.js");
  EXPECT_EQ(found(files(), "/same.js", "3-c"), "3-c/static/same.js");
  EXPECT_EQ(found(files(), "/new.js", "1-a"), "3-c/static/new.js");
  EXPECT_EQ(found(files(), "/same.js", "9-z"), "3-c/static/same.js");
}

TEST_F(BuildFilesTest, OfARemovedBuildAreFoundElsewhere) {
  const BuildFiles listed = files();
  std::filesystem::remove_all(folder_.path() / "1-a");
  EXPECT_EQ(found(listed, "/same.js", "1-a"), "3-c/static/same.js");
  EXPECT_EQ(found(listed, "/old.js", "1-a"), "2-b/static/old.js");
  EXPECT_EQ(found(listed, "/oldest.js"), "none");
}

TEST_F(BuildFilesTest, OfAnotherBuildThatCannotBeListedAreNoFailure) {
  std::filesystem::remove_all(folder_.path() / "1-a/static");
  std::filesystem::create_symlink("static", folder_.path() / "1-a/static");
  EXPECT_EQ(files().failure(), "");
  EXPECT_EQ(found(files(), "/same.js", "1-a"), "3-c/static/same.js");
  std::filesystem::remove_all(folder_.path() / "3-c/static");
  std::filesystem::create_symlink("static", folder_.path() / "3-c/static");
  EXPECT_NE(files().failure(), "");
}

TEST_F(BuildFilesTest, HaveTheCompressedFormsOfTheirOwnBuild) {
  folder_.write("2-b/compressed/static/old.js.br");
  folder_.write("1-a/compressed/static/same.js.gz");
  const BuildFiles listed = files();
  EXPECT_EQ(listed.find("/new.js", "")->forms, nullptr);
  EXPECT_EQ(listed.find("/same.js", "")->forms, nullptr);
  ASSERT_NE(listed.find("/same.js", "1-a")->forms, nullptr);
  EXPECT_EQ(listed.find("/old.js", "1-a")->forms, nullptr);
  ASSERT_NE(listed.find("/old.js", "2-b")->forms, nullptr);
  EXPECT_EQ(listed.find("/old.js", "2-b")->forms->file(http::Coding::br),
            folder_.path() / "2-b/compressed/static/old.js.br");
  EXPECT_FALSE(listed.find("/old.js.br", ""));
}

TEST(BuildFiles, ReadTheDeploymentFromTheQuery) {
  EXPECT_EQ(deployment_in(""), "");
  EXPECT_EQ(deployment_in("dpl=1-a"), "1-a");
  EXPECT_EQ(deployment_in("v=2&dpl=1-a&x"), "1-a");
  EXPECT_EQ(deployment_in("v=dpl=1&dpl"), "");
  EXPECT_EQ(deployment_in("&&dpl="), "");
}

TEST(BuildFiles, WithoutABuildAreEmpty) {
  EXPECT_FALSE(BuildFiles().find("/a.js", ""));
  EXPECT_FALSE(BuildFiles({}, {}).find("/etc/passwd", ""));
}

}  // namespace
}  // namespace millrace::gateway
