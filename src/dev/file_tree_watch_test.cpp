#include "dev/file_tree_watch.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <fstream>

#include "net/timer.hpp"

namespace millrace::dev {
namespace {

namespace fs = std::filesystem;
using Kind = FileChange::Kind;

class FileTreeWatchTest : public testing::Test {
 protected:
  FileTreeWatchTest() {
    std::string pattern = fs::temp_directory_path() / "millrace-watch-XXXXXX";
    root_ = fs::canonical(::mkdtemp(pattern.data()));
  }
  ~FileTreeWatchTest() override { fs::remove_all(root_); }

  void watch() {
    FileTreeWatch::Options options;
    options.root = root_;
    options.ignored_names = {"node_modules"};
    options.on_changes = [this](const std::vector<FileChange>& changes) {
      seen_.insert(seen_.end(), changes.begin(), changes.end());
      if (has(awaited_)) loop_.stop();
    };
    auto started = FileTreeWatch::start(loop_, std::move(options));
    ASSERT_TRUE(started) << started.error().message();
    watch_ = std::move(started.value());
  }

  void write(const std::string& name) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << "text";
  }

  [[nodiscard]] bool has(const FileChange& change) const {
    return std::any_of(seen_.begin(), seen_.end(), [&](const FileChange& seen) {
      return seen.kind == change.kind && seen.path == change.path;
    });
  }

  [[nodiscard]] bool saw(Kind kind, const std::string& name) const {
    return has({.kind = kind, .path = root_ / name, .directory = false});
  }

  /// Events arrive in order, so the arrival of a last one implies that of those before it.
  void settle() {
    write("last");
    awaited_ = {.kind = Kind::written, .path = root_ / "last", .directory = false};
    net::Timer late(loop_, [this] { loop_.stop(); });
    late.set_after(std::chrono::seconds(20));
    loop_.context().restart();
    loop_.run();
    ASSERT_TRUE(has(awaited_)) << "no event came";
  }

  fs::path root_;
  net::EventLoop loop_;
  std::unique_ptr<FileTreeWatch> watch_;
  std::vector<FileChange> seen_;
  FileChange awaited_;
};

TEST_F(FileTreeWatchTest, ReportsWritesCreationsMovesAndRemovals) {
  write("a/b/old.ts");
  write("a/gone.ts");
  write("a/moved.ts");
  watch();
  write("a/b/old.ts");
  write("a/new.ts");
  fs::remove(root_ / "a/gone.ts");
  fs::rename(root_ / "a/moved.ts", root_ / "a/b/there.ts");
  settle();
  EXPECT_TRUE(saw(Kind::written, "a/b/old.ts"));
  EXPECT_TRUE(saw(Kind::written, "a/new.ts"));
  EXPECT_TRUE(saw(Kind::appeared, "a/new.ts"));
  EXPECT_TRUE(saw(Kind::gone, "a/gone.ts"));
  EXPECT_TRUE(saw(Kind::gone, "a/moved.ts"));
  EXPECT_TRUE(saw(Kind::appeared, "a/b/there.ts"));
}

TEST_F(FileTreeWatchTest, NewFoldersAreWatchedWithWhatIsAlreadyInThem) {
  watch();
  write("x/y/z/deep.ts");
  settle();
  EXPECT_TRUE(saw(Kind::appeared, "x/y/z/deep.ts"));
  seen_.clear();
  write("x/y/z/deep.ts");
  settle();
  EXPECT_TRUE(saw(Kind::written, "x/y/z/deep.ts"));
}

TEST_F(FileTreeWatchTest, AMovedFolderIsFollowedUnderItsNewName) {
  write("one/in/file.ts");
  watch();
  fs::rename(root_ / "one", root_ / "two");
  settle();
  EXPECT_TRUE(saw(Kind::gone, "one"));
  EXPECT_TRUE(saw(Kind::appeared, "two/in/file.ts"));
  seen_.clear();
  write("two/in/file.ts");
  settle();
  EXPECT_TRUE(saw(Kind::written, "two/in/file.ts"));
  EXPECT_FALSE(saw(Kind::written, "one/in/file.ts"));
}

TEST_F(FileTreeWatchTest, IgnoredFoldersAreNotWatched) {
  write("node_modules/dep/index.js");
  write("packages/a/node_modules/dep/index.js");
  watch();
  EXPECT_EQ(watch_->size(), 3U);  // The root, packages, packages/a.
  write("node_modules/dep/index.js");
  write("lib/node_modules/dep/index.js");
  settle();
  EXPECT_FALSE(saw(Kind::written, "node_modules/dep/index.js"));
  EXPECT_FALSE(saw(Kind::appeared, "lib/node_modules/dep/index.js"));
}

TEST_F(FileTreeWatchTest, ARemovedTreeLeavesNoWatches) {
  write("a/b/c/file.ts");
  watch();
  fs::remove_all(root_ / "a");
  settle();
  EXPECT_TRUE(saw(Kind::gone, "a"));
  EXPECT_EQ(watch_->size(), 1U);
}

TEST_F(FileTreeWatchTest, AMissingFolderIsAnError) {
  FileTreeWatch::Options options;
  options.root = root_ / "nowhere";
  const auto started = FileTreeWatch::start(loop_, std::move(options));
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message().find("nowhere"), std::string::npos);
}

}  // namespace
}  // namespace millrace::dev
