#include "project/metadata_files.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::project {
namespace {

namespace json = boost::json;

/// The segment, with "*" where the file can define several routes; empty where the name has no
/// meaning.
std::string segment_in(std::string_view folder, std::string_view name) {
  static const std::vector<std::string> extensions = {"tsx", "ts", "jsx", "js"};
  const auto file = metadata_file_of(folder, name, extensions);
  if (!file) return {};
  return file->segment + (file->lister.empty() ? "" : "*");
}

TEST(MetadataFiles, HavePathsThatTheNodeWorkerKnows) {
  static const std::vector<std::string> extensions = {"tsx", "ts", "jsx", "js"};
  std::ifstream stream(MILLRACE_CASES "/metadata_files.json", std::ios::binary);
  const json::value cases = json::parse(std::string{std::istreambuf_iterator<char>(stream), {}});
  ASSERT_FALSE(cases.as_array().empty());
  for (const json::value& given : cases.as_array()) {
    const std::string folder(given.at("folder").as_string());
    const std::string name(given.at("name").as_string());
    const auto file = metadata_file_of(folder, name, extensions);
    ASSERT_TRUE(file) << name;
    const std::string above = folder.empty() ? "/" : "/" + folder + "/";
    EXPECT_EQ(above + file->segment, std::string(given.at("path").as_string()));
    EXPECT_EQ(to_string(file->kind), std::string(given.at("kind").as_string()));
    EXPECT_EQ(file->is_module, name.ends_with("s") || name.ends_with("sx")) << name;
  }
}

TEST(MetadataFiles, RecognizesTextFilesOfTheRoot) {
  EXPECT_EQ(segment_in("", "robots.ts"), "robots.txt");
  EXPECT_EQ(segment_in("", "robots.txt"), "robots.txt");
  EXPECT_EQ(segment_in("", "manifest.js"), "manifest.webmanifest");
  EXPECT_EQ(segment_in("", "manifest.webmanifest"), "manifest.webmanifest");
  EXPECT_EQ(segment_in("", "manifest.json"), "manifest.json");
  EXPECT_EQ(segment_in("", "favicon.ico"), "favicon.ico");
}

TEST(MetadataFiles, RecognizesThemInTheRootOnly) {
  for (const std::string_view folder : {"a", "(group)"}) {
    EXPECT_EQ(segment_in(folder, "robots.ts"), "");
    EXPECT_EQ(segment_in(folder, "robots.txt"), "");
    EXPECT_EQ(segment_in(folder, "manifest.json"), "");
    EXPECT_EQ(segment_in(folder, "favicon.ico"), "");
  }
}

TEST(MetadataFiles, RecognizesSitemapsEverywhere) {
  EXPECT_EQ(segment_in("", "sitemap.ts"), "sitemap.xml*");
  EXPECT_EQ(segment_in("a/b", "sitemap.xml"), "sitemap.xml");
  EXPECT_EQ(segment_in("(group)/a", "sitemap.js"), "sitemap.xml*");
}

TEST(MetadataFiles, RecognizesImagesEverywhere) {
  EXPECT_EQ(segment_in("", "icon.ico"), "icon.ico");
  EXPECT_EQ(segment_in("a", "icon.tsx"), "icon*");
  EXPECT_EQ(segment_in("a", "icon12.svg"), "icon12.svg");
  EXPECT_EQ(segment_in("a", "apple-icon.jpeg"), "apple-icon.jpeg");
  EXPECT_EQ(segment_in("a", "opengraph-image.gif"), "opengraph-image.gif");
  EXPECT_EQ(segment_in("a", "twitter-image2.js"), "twitter-image2*");
}

TEST(MetadataFiles, AddsAHashBelowGroupsAndSlots) {
  // The names of Next.js 16.4.6.
  EXPECT_EQ(segment_in("(group)/grouped", "apple-icon.png"), "apple-icon-1df4te.png");
  EXPECT_EQ(segment_in("(g)/h", "icon.png"), "icon-xg7fj7.png");
  EXPECT_EQ(segment_in("(g)/@slot/x", "icon.png"), "icon-ar71ok.png");
  EXPECT_EQ(segment_in("d/@slot/e", "icon3.png"), "icon3-atng8t.png");
  EXPECT_EQ(segment_in("d/@children/e", "icon3.png"), "icon3.png");
}

TEST(MetadataFiles, IgnoresOtherNames) {
  for (const std::string_view name :
       {"sitemap.txt", "sitemap.json", "sitemap1.xml", "robots.xml", "favicon.png", "icon.webp",
        "icon.gif", "apple-icon.svg", "apple-icon.ico", "icon-x.png", "icon.old.png", "iconic.png",
        "opengraph-image.alt.txt", "icon.d.ts", "page.tsx", "layout.tsx", "12.png", "icon",
        "README"}) {
    EXPECT_EQ(segment_in("", name), "") << name;
  }
}

TEST(MetadataFiles, NamesTheSegmentOfAList) {
  EXPECT_EQ(listed_segment({.segment = "sitemap.xml", .lister = {}}), "sitemap/[__metadata_id__]");
  EXPECT_EQ(listed_segment({.segment = "icon-abc123", .lister = {}}),
            "icon-abc123/[__metadata_id__]");
}

}  // namespace
}  // namespace millrace::project
