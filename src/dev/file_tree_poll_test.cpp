#include "dev/file_tree_poll.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <optional>

namespace millrace::dev {
namespace {

namespace fs = std::filesystem;
using Kind = FileChange::Kind;

/// The loop runs until a change is reported; a test of a call that reports nothing is followed by a
/// file whose change is certainly reported.
class FileTreePollTest : public testing::Test {
 protected:
  FileTreePollTest() {
    std::string pattern = fs::temp_directory_path() / "millrace-poll-XXXXXX";
    root_ = fs::canonical(::mkdtemp(pattern.data()));
    write("a.ts", "1");
    write("lib/b.ts", "1");
    write("node_modules/c.ts", "1");
    fs::create_directory_symlink(root_ / "lib", root_ / "link");
    FileTreePoll::Options options;
    options.root = root_;
    options.ignored_names = {"node_modules"};
    options.interval = std::chrono::milliseconds(1);
    options.on_changes = [this](const std::vector<FileChange>& changes) {
      for (const FileChange& change : changes) {
        reported_.push_back(std::string(kinds_[static_cast<std::size_t>(change.kind)]) + " " +
                            change.path.lexically_relative(root_).string());
      }
      loop_.stop();
    };
    poll_.emplace(loop_, std::move(options));
    // A new file after the first pass ends the run.
    net::Timer more(loop_, [&] {
      write("more" + std::to_string(++tries_), "");
      more.set_after(std::chrono::milliseconds(5));
    });
    run([&] { more.set_after(std::chrono::milliseconds(0)); });
  }
  ~FileTreePollTest() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }

  template <typename Change>
  std::vector<std::string> run(Change change) {
    reported_.clear();
    change();
    loop_.context().restart();
    loop_.run();
    return reported_;
  }

  static constexpr std::array<std::string_view, 3> kinds_{"appeared", "written", "gone"};
  fs::path root_;
  net::EventLoop loop_;
  int tries_ = 0;
  std::vector<std::string> reported_;
  std::optional<FileTreePoll> poll_;
};

TEST_F(FileTreePollTest, ReportsFilesThatAppearChangeAndDisappear) {
  EXPECT_THAT(run([&] { write("lib/new.ts", "1"); }), testing::ElementsAre("appeared lib/new.ts"));
  EXPECT_THAT(run([&] { write("a.ts", "22"); }), testing::ElementsAre("written a.ts"));
  EXPECT_THAT(run([&] { fs::remove(root_ / "a.ts"); }), testing::ElementsAre("gone a.ts"));
}

TEST_F(FileTreePollTest, PollsNewFoldersButNotIgnoredOnesOrLinks) {
  EXPECT_THAT(run([&] {
                write("node_modules/c.ts", "22");
                const fs::path made = root_ / "made-elsewhere";
                fs::create_directories(made / "deep");
                std::ofstream(made / "deep/d.ts") << "1";
              }),
              testing::IsSupersetOf({"appeared made-elsewhere"}));
  write("lib/b.ts", "22");
  const auto reported = run([] {});
  EXPECT_THAT(reported, testing::Not(testing::Contains(testing::HasSubstr("node_modules"))));
  EXPECT_THAT(reported, testing::Not(testing::Contains(testing::HasSubstr("link"))));
}

TEST_F(FileTreePollTest, ReportsNothingThatIsMarkedKnown) {
  EXPECT_THAT(run([&] {
                write("a.ts", "22");
                poll_->mark_known(root_ / "a.ts");
                write("lib/b.ts", "22");
              }),
              testing::ElementsAre("written lib/b.ts"));
}

TEST_F(FileTreePollTest, ReportsAnOverflow) {
  EXPECT_FALSE(poll_->overflowed());
  FileTreePoll::Options options;
  options.root = root_;
  options.interval = std::chrono::milliseconds(1);
  options.max_entries = 2;
  FileTreePoll small(loop_, std::move(options));
  run([&] { write("a.ts", "22"); });
  while (!small.overflowed()) run([&] { write("a.ts", std::to_string(++tries_)); });
  EXPECT_TRUE(small.overflowed());
}

TEST_F(FileTreePollTest, PollsFoldersOutsideTheTree) {
  std::string pattern = fs::temp_directory_path() / "millrace-poll-XXXXXX";
  const fs::path outside = ::mkdtemp(pattern.data());
  std::ofstream(outside / "x.ts") << "1";
  poll_->add_folder(outside);
  const auto reported = run([&] { std::ofstream(outside / "x.ts") << "22"; });
  ASSERT_EQ(reported.size(), 1U);
  EXPECT_TRUE(reported[0].starts_with("written ")) << reported[0];
  fs::remove_all(outside);
}

TEST(UnreportedChanges, AreNoneOfProcAndUnknownFolders) {
  EXPECT_FALSE(unreported_changes("/proc"));
  EXPECT_FALSE(unreported_changes("/nowhere/at/all"));
}

}  // namespace
}  // namespace millrace::dev
