#include "gateway/compressed_files.hpp"

#include <gtest/gtest.h>

#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

using http::Coding;
using Stamps = CompressedFiles::Stamps;

TEST(CompressedFiles, AreFoundByTheNameOfTheFile) {
  const project::TestFolder folder;
  folder.write("c/chunks/a.js.br");
  folder.write("c/chunks/a.js.gz");
  folder.write("c/b.css.zst");
  folder.write("c/b.css.txt");
  const CompressedFiles files(folder.path() / "c", Stamps::none);
  const CompressedForms* const chunk = files.find("/chunks/a.js");
  ASSERT_NE(chunk, nullptr);
  EXPECT_TRUE(chunk->codings.has(Coding::br));
  EXPECT_TRUE(chunk->codings.has(Coding::gzip));
  EXPECT_FALSE(chunk->codings.has(Coding::zstd));
  EXPECT_EQ(chunk->file(Coding::gzip), folder.path() / "c/chunks/a.js.gz");
  EXPECT_EQ(chunk->stamp, "");
  const CompressedForms* const style = files.find("/b.css");
  ASSERT_NE(style, nullptr);
  EXPECT_EQ(style->file(Coding::zstd), folder.path() / "c/b.css.zst");
  for (const std::string_view other : {"", "/", "/a.js", "/chunks/a.js.br", "/b", "/b.css.txt"}) {
    EXPECT_EQ(files.find(other), nullptr) << other;
  }
}

TEST(CompressedFiles, OfFilesThatChangeNameTheContent) {
  const project::TestFolder folder;
  folder.write("c/a.txt.7d0-18c.br");
  folder.write("c/a.txt.7d0-18c.zst");
  folder.write("c/unnamed.br");
  const CompressedFiles files(folder.path() / "c", Stamps::named);
  const CompressedForms* const forms = files.find("/a.txt");
  ASSERT_NE(forms, nullptr);
  EXPECT_EQ(forms->stamp, "7d0-18c");
  EXPECT_EQ(forms->stamp, file_stamp(2000, 396));
  EXPECT_EQ(forms->file(Coding::br), folder.path() / "c/a.txt.7d0-18c.br");
  EXPECT_EQ(files.find("/unnamed"), nullptr);
}

TEST(CompressedFiles, NeedNoFolder) {
  EXPECT_EQ(CompressedFiles().find("/a.js"), nullptr);
  EXPECT_EQ(CompressedFiles("/nowhere", Stamps::none).find("/a.js"), nullptr);
}

}  // namespace
}  // namespace millrace::gateway
