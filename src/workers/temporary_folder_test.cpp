#include "workers/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <optional>

#include "project/test_folder.hpp"

namespace millrace::workers {
namespace {

namespace fs = std::filesystem;

class TemporaryFolderTest : public testing::Test {
 protected:
  [[nodiscard]] TemporaryFolder make() const {
    auto made = TemporaryFolder::make(parent_.path());
    if (!made) throw std::runtime_error(made.error().message());
    return std::move(made).value();
  }

  project::TestFolder parent_;
};

TEST_F(TemporaryFolderTest, IsForItsUserAloneAndIsRemovedWithItsContent) {
  fs::path path;
  {
    const TemporaryFolder folder = make();
    path = folder.path();
    struct stat found {};
    ASSERT_EQ(::stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 07777U, 0700U);
    fs::create_directories(path / "a/b");
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(TemporaryFolderTest, MovesWithItsOwner) {
  TemporaryFolder first = make();
  const fs::path path = first.path();
  TemporaryFolder second = std::move(first);
  EXPECT_EQ(second.path(), path);
  EXPECT_TRUE(fs::exists(path));
  second = make();
  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(fs::exists(second.path()));
}

TEST_F(TemporaryFolderTest, RemovesFoldersWhoseOwnersAreGone) {
  parent_.write("millrace-sandbox-killed/left/file", "x");
  parent_.write("millrace-other/file", "x");
  parent_.write("millrace-sandbox-file", "x");
  parent_.write("target/file", "x");
  fs::create_directory_symlink(parent_.path() / "target", parent_.path() / "millrace-sandbox-link");
  const TemporaryFolder used = make();
  EXPECT_FALSE(fs::exists(parent_.path() / "millrace-sandbox-killed"));
  for (const char* const kept :
       {"millrace-other/file", "millrace-sandbox-file", "millrace-sandbox-link", "target/file"}) {
    EXPECT_TRUE(fs::exists(parent_.path() / kept)) << kept;
  }
  const TemporaryFolder another = make();
  EXPECT_TRUE(fs::exists(used.path())) << "its owner has locked it";
}

TEST_F(TemporaryFolderTest, FailsWithoutItsParent) {
  EXPECT_FALSE(TemporaryFolder::make(parent_.path() / "missing"));
}

}  // namespace
}  // namespace millrace::workers
