#include "gateway/file_response.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "gateway/testing/no_descriptors.hpp"
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

TEST_F(FileResponseOpenTest, WithoutADescriptorACompressedFileIsExhausted) {
  folder_.write("file.txt.br", "compressed");
  CompressedForms forms{.path = folder_.path() / "file.txt", .codings = {}, .stamp = {}};
  forms.codings.add(http::Coding::br);
  const auto open_stored = [&] {
    return FileResponse::open(folder_.path() / "file.txt", FileResponse::Etag::none, nullptr,
                              FileResponse::Caching::immutable,
                              {.forms = &forms, .coding = http::Coding::br});
  };
  EXPECT_TRUE(std::holds_alternative<FileResponse>(open_stored()));
  std::optional<Kind> failure;
  {
    const NoDescriptors none;
    const auto opened = open_stored();
    if (const auto* const found = std::get_if<FileResponse::Failure>(&opened))
      failure = found->kind;
  }
  EXPECT_EQ(failure, Kind::exhausted);
}

TEST_F(FileResponseOpenTest, FileThatCannotBeReadIsUnreadable) {
  // Root ignores permissions, but a circular link cannot be opened by any user.
  std::filesystem::create_symlink("circle", folder_.path() / "circle");
  EXPECT_EQ(failure_of(folder_.path() / "circle"), Kind::unreadable);
}

TEST_F(FileResponseOpenTest, LinksLeadOutOfAFolderOnlyIfThatIsAllowed) {
  const std::filesystem::path project = folder_.path() / "project";
  folder_.write("project/public/a.txt", "text");
  folder_.write("project/assets/b.txt", "text");
  std::filesystem::create_symlink("../../file.txt", project / "public/out.txt");
  std::filesystem::create_symlink("../..", project / "public/above");
  std::filesystem::create_symlink("../assets/b.txt", project / "public/in.txt");
  const auto failure = [&](const char* name, const std::filesystem::path* within) {
    const auto opened = FileResponse::open(project / "public" / name, FileResponse::Etag::none,
                                           nullptr, FileResponse::Caching::revalidate, {}, within);
    const auto* const found = std::get_if<FileResponse::Failure>(&opened);
    return found == nullptr ? std::nullopt : std::optional(found->kind);
  };
  for (const char* const name : {"a.txt", "in.txt", "out.txt", "above/file.txt"}) {
    EXPECT_EQ(failure(name, nullptr), std::nullopt) << name;
  }
  EXPECT_EQ(failure("a.txt", &project), std::nullopt);
  EXPECT_EQ(failure("in.txt", &project), std::nullopt);
  EXPECT_EQ(failure("out.txt", &project), Kind::absent);
  EXPECT_EQ(failure("above/file.txt", &project), Kind::absent);
}

}  // namespace
}  // namespace millrace::gateway
