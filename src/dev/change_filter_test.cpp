#include "dev/change_filter.hpp"

#include <gtest/gtest.h>

namespace millrace::dev {
namespace {

using Kind = FileChange::Kind;

FileChange file(Kind kind, const char* path) {
  return {.kind = kind, .path = path, .directory = false};
}

FileChange folder(Kind kind, const char* path) {
  return {.kind = kind, .path = path, .directory = true};
}

class ChangeFilterTest : public testing::Test {
 protected:
  ChangeFilterTest() {
    filter_.built({"/p/pages/api/a.ts", "/p/lib/db.ts", "/p/lib/data.json", "/q/shared/index.ts"},
                  LastBuild::complete);
  }

  ChangeFilter filter_{"/p"};
};

TEST_F(ChangeFilterTest, AnyChangeOfAnInputMatters) {
  for (const Kind kind : {Kind::appeared, Kind::written, Kind::gone}) {
    EXPECT_TRUE(filter_.matters(file(kind, "/p/lib/db.ts")));
    EXPECT_TRUE(filter_.matters(file(kind, "/p/lib/data.json")));
    EXPECT_TRUE(filter_.matters(file(kind, "/q/shared/index.ts")));
  }
}

TEST_F(ChangeFilterTest, FilesWrittenByHandlersDoNotMatter) {
  EXPECT_FALSE(filter_.matters(file(Kind::written, "/p/data/app.db")));
  EXPECT_FALSE(filter_.matters(file(Kind::appeared, "/p/data/app.db-wal")));
  EXPECT_FALSE(filter_.matters(file(Kind::appeared, "/p/uploads/list.json")));
  EXPECT_FALSE(filter_.matters(file(Kind::gone, "/p/uploads/photo.png")));
  EXPECT_FALSE(filter_.matters(folder(Kind::appeared, "/p/uploads")));
  EXPECT_FALSE(filter_.matters(folder(Kind::gone, "/p/uploads")));
}

TEST_F(ChangeFilterTest, ASourceFileThatAppearsOrDisappearsMatters) {
  EXPECT_TRUE(filter_.matters(file(Kind::appeared, "/p/pages/api/b.js")));
  EXPECT_TRUE(filter_.matters(file(Kind::appeared, "/p/lib/db.mts")));
  EXPECT_TRUE(filter_.matters(file(Kind::gone, "/p/lib/unused.tsx")));
  EXPECT_FALSE(filter_.matters(file(Kind::written, "/p/lib/unused.tsx")));
  EXPECT_FALSE(filter_.matters(file(Kind::appeared, "/p/next-env.d.ts")));
}

TEST_F(ChangeFilterTest, ASourceFileOfAWorkspaceThatAppearsOrDisappearsMatters) {
  EXPECT_TRUE(filter_.matters(file(Kind::appeared, "/q/shared/late.ts")));
  EXPECT_TRUE(filter_.matters(file(Kind::gone, "/q/shared/late.ts")));
  EXPECT_FALSE(filter_.matters(file(Kind::written, "/q/shared/other.ts")));
  EXPECT_FALSE(filter_.matters(file(Kind::written, "/q/shared/package.json")));
  EXPECT_FALSE(filter_.matters(file(Kind::appeared, "/q/shared/app.db")));
}

TEST_F(ChangeFilterTest, OnlyContentsOfModulesAreContents) {
  filter_.built({"/p/a.ts", "/p/base.mjs", "/p/x.cpp", "/p/package.json"}, LastBuild::complete,
                {"/p/base.mjs"});
  EXPECT_TRUE(filter_.is_of_contents(file(Kind::written, "/p/a.ts")));
  EXPECT_TRUE(filter_.is_of_contents(file(Kind::appeared, "/p/a.ts")));
  EXPECT_FALSE(filter_.is_of_contents(file(Kind::appeared, "/p/b.ts")));
  EXPECT_FALSE(filter_.is_of_contents(file(Kind::written, "/p/base.mjs")));
  EXPECT_FALSE(filter_.is_of_contents(file(Kind::written, "/p/x.cpp")));
  EXPECT_FALSE(filter_.is_of_contents(file(Kind::written, "/p/package.json")));
  EXPECT_FALSE(filter_.is_of_contents(folder(Kind::gone, "/p/lib")));
}

TEST_F(ChangeFilterTest, AfterErrorsAnySourceFileMatters) {
  filter_.built({"/p/pages/api/a.ts"}, LastBuild::with_errors);
  EXPECT_TRUE(filter_.matters(file(Kind::written, "/p/lib/unused.tsx")));
  EXPECT_TRUE(filter_.matters(file(Kind::written, "/p/other.json")));
  EXPECT_FALSE(filter_.matters(file(Kind::written, "/p/data/app.db")));
}

TEST_F(ChangeFilterTest, FilesIncludedFromCppAreCpp) {
  for (const char* path : {"/p/lib/a.hpp", "/p/lib/table.inc", "/p/lib/a.inl", "/p/lib/a.tpp",
                           "/p/lib/a.ipp", "/p/lib/names.def"}) {
    EXPECT_TRUE(is_native_source(file(Kind::written, path))) << path;
    EXPECT_TRUE(filter_.matters(file(Kind::appeared, path))) << path;
  }
  EXPECT_FALSE(is_native_source(file(Kind::written, "/p/lib/db.ts")));
  EXPECT_FALSE(is_native_source(folder(Kind::appeared, "/p/lib/a.hpp")));
}

TEST_F(ChangeFilterTest, ConfigurationMatters) {
  for (const char* path : {"/p/.env", "/p/.env.local", "/p/.env.development.local",
                           "/p/next.config.mjs", "/p/package.json", "/p/tsconfig.json",
                           "/p/config/tsconfig.base.json", "/p/jsconfig.json"}) {
    EXPECT_TRUE(filter_.matters(file(Kind::written, path))) << path;
  }
  EXPECT_FALSE(filter_.matters(file(Kind::written, "/p/deploy/.env")));
  EXPECT_FALSE(filter_.matters(file(Kind::written, "/p/.envrc")));
}

TEST_F(ChangeFilterTest, TemporaryFilesOfEditorsDoNotMatter) {
  for (const char* path : {"/p/lib/.db.ts.swp", "/p/lib/.#db.ts", "/p/lib/4913", "/p/lib/db.ts~"}) {
    EXPECT_FALSE(filter_.matters(file(Kind::appeared, path))) << path;
  }
}

TEST_F(ChangeFilterTest, ARemovedFolderMattersWhereItContainedInputsOrRoutes) {
  EXPECT_TRUE(filter_.matters(folder(Kind::gone, "/p/lib")));
  EXPECT_TRUE(filter_.matters(folder(Kind::gone, "/p/app/api/products")));
  EXPECT_TRUE(filter_.matters(folder(Kind::gone, "/p/src")));
  EXPECT_FALSE(filter_.matters(folder(Kind::gone, "/p/library")));
}

TEST_F(ChangeFilterTest, AnOverflowedQueueMatters) {
  EXPECT_TRUE(filter_.matters(folder(Kind::written, "/p")));
}

}  // namespace
}  // namespace millrace::dev
