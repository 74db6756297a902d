#include "gateway/file_response.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

using Kind = FileResponse::Failure::Kind;

/// Returns why `path` cannot be opened; nothing where it can.
std::optional<Kind> failure_of(const std::filesystem::path& path) {
  const auto opened = FileResponse::open(path, FileResponse::Etag::none, nullptr);
  const auto* const failure = std::get_if<FileResponse::Failure>(&opened);
  return failure == nullptr ? std::nullopt : std::optional(failure->kind);
}

/// While it exists, no further descriptor can be opened.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(next);
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(next);
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

class FileResponseOpenTest : public testing::Test {
 protected:
  FileResponseOpenTest() { std::ofstream(folder_.path() / "file.txt") << "text"; }

  project::TestFolder folder_;
};

TEST_F(FileResponseOpenTest, MissingFileIsAbsent) {
  EXPECT_EQ(failure_of(folder_.path() / "file.txt"), std::nullopt);
  EXPECT_EQ(failure_of(folder_.path() / "other.txt"), Kind::absent);
  EXPECT_EQ(failure_of(folder_.path() / "file.txt" / "below"), Kind::absent);
  EXPECT_EQ(failure_of(folder_.path() / std::string(300, 'x')), Kind::absent);
  EXPECT_EQ(failure_of(folder_.path()), Kind::absent);
}

TEST_F(FileResponseOpenTest, WithoutADescriptorAFileIsExhausted) {
  std::optional<Kind> failure;
  {
    const NoDescriptors none;
    failure = failure_of(folder_.path() / "file.txt");
  }
  EXPECT_EQ(failure, Kind::exhausted);
}

TEST_F(FileResponseOpenTest, FileThatCannotBeReadIsUnreadable) {
  // Root ignores permissions, but a circular link cannot be opened by any user.
  std::filesystem::create_symlink("circle", folder_.path() / "circle");
  EXPECT_EQ(failure_of(folder_.path() / "circle"), Kind::unreadable);
}

}  // namespace
}  // namespace millrace::gateway
