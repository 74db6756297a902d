#include "workers/mount_view.hpp"

#include <gtest/gtest.h>

#include "project/test_folder.hpp"

namespace millrace::workers {
namespace {

namespace fs = std::filesystem;

/// Returns `count` folders below `parent`.
std::vector<fs::path> folders_in(const fs::path& parent, std::size_t count) {
  std::vector<fs::path> folders;
  while (folders.size() < count) {
    folders.push_back(parent / std::to_string(folders.size()));
    fs::create_directory(folders.back());
  }
  return folders;
}

TEST(MountView, TakesTheTemporaryFolderAnd63Folders) {
  const project::TestFolder parent;
  EXPECT_TRUE(MountView::make(folders_in(parent.path(), 64)));
}

TEST(MountView, RefusesMoreFolders) {
  const project::TestFolder parent;
  const auto view = MountView::make(folders_in(parent.path(), 65));
  ASSERT_FALSE(view);
  EXPECT_EQ(
      view.error().message(),
      "millrace.toml: sandbox: data: expected at most 63 folders, found 64; name their parent "
      "folder");
}

TEST(MountView, RefusesAMissingFolder) {
  const project::TestFolder parent;
  EXPECT_FALSE(MountView::make({parent.path() / "missing"}));
}

}  // namespace
}  // namespace millrace::workers
