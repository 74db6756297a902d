#include "routing/data_path.hpp"

#include <gtest/gtest.h>

namespace millrace::routing {
namespace {

std::string page_of(std::string_view path) {
  std::string page;
  return page_of_data_path(path, "BUILD", page) ? page : "none";
}

TEST(DataPath, NamesThePageWhosePropertiesItHolds) {
  EXPECT_EQ(page_of("/_next/data/BUILD/blog/first.json"), "/blog/first");
  EXPECT_EQ(page_of("/_next/data/BUILD/index.json"), "/");
  EXPECT_EQ(page_of("/_next/data/BUILD/indexes.json"), "/indexes");
  EXPECT_EQ(page_of("/_next/data/BUILD/a.b.json"), "/a.b");
  EXPECT_EQ(page_of("/_next/data/BUILD/%C3%A9.json"), "/%C3%A9");
}

TEST(DataPath, IndexPagesHaveIndexTwice) {
  EXPECT_EQ(page_of("/_next/data/BUILD/index/index.json"), "/index");
}

TEST(DataPath, LeadsBackToThePage) {
  for (const std::string page : {"/", "/index", "/index/a", "/indexes", "/blog/first", "/%C3%A9"}) {
    EXPECT_EQ(page_of(data_path_of_page(page, "BUILD")), page);
  }
  EXPECT_EQ(data_path_of_page("/", "BUILD"), "/_next/data/BUILD/index.json");
}

TEST(DataPath, IsInvalidForAnotherBuildOrAnotherPath) {
  for (const std::string_view path :
       {"/_next/data/OTHER/a.json", "/_next/data/BUILDa.json", "/_next/data/BUILD/a",
        "/_next/data/BUILD/.json", "/_next/data/BUILD.json", "/_next/data/", "/_next/data",
        "/_next/datum/BUILD/a.json", "/a.json"}) {
    EXPECT_EQ(page_of(path), "none") << path;
  }
}

}  // namespace
}  // namespace millrace::routing
