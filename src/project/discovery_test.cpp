#include "project/discovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "project/test_folder.hpp"

namespace millrace::project {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string>& default_extensions() {
  static const std::vector<std::string> extensions = {"tsx", "ts", "jsx", "js"};
  return extensions;
}

TestFolder& with_files(TestFolder& folder, std::initializer_list<std::string_view> files) {
  for (const std::string_view file : files) folder.write(file);
  return folder;
}

std::vector<std::string> paths_in(
    const std::filesystem::path& root,
    const std::vector<std::string>& extensions = default_extensions()) {
  const auto routes = discover_routes(root, extensions);
  EXPECT_TRUE(routes) << routes.error().message();
  std::vector<std::string> paths;
  if (routes) {
    for (const Route& route : *routes) paths.push_back(route.path);
  }
  return paths;
}

std::vector<std::string> paths_of(std::initializer_list<std::string_view> files) {
  TestFolder folder;
  return paths_in(with_files(folder, files).path());
}

/// The text of the error; empty where there is none.
std::string discovery_error(std::initializer_list<std::string_view> files) {
  TestFolder folder;
  const auto routes = discover_routes(with_files(folder, files).path(), default_extensions());
  return routes ? std::string() : routes.error().message();
}

TEST(Discovery, FindsPagesApiRoutesOnly) {
  EXPECT_THAT(
      paths_of({"pages/api/index.ts", "pages/api/users/index.js", "pages/api/users/[id].tsx",
                "pages/api/_helper.js", "pages/api/types.d.ts", "pages/api/readme.md",
                "pages/api/x.test.ts", "pages/index.tsx", "pages/_app.tsx", "pages/apix/no.ts"}),
      ElementsAre("/api", "/api/_helper", "/api/users", "/api/users/[id]", "/api/x.test"));
}

TEST(Discovery, AcceptsPagesApiAsAFile) {
  EXPECT_THAT(paths_of({"pages/api.ts"}), ElementsAre("/api"));
}

TEST(Discovery, StripsOneIndexOnly) {
  EXPECT_THAT(paths_of({"pages/api/a/index/index.js", "pages/api/index/b.js"}),
              ElementsAre("/api/a/index", "/api/index/b"));
}

TEST(Discovery, FindsAppRoutesAnywhere) {
  EXPECT_THAT(paths_of({"app/route.ts", "app/(shop)/cart/route.ts", "app/api/x/route.js",
                        "app/_lib/route.ts", "app/a/_b/route.ts", "app/%5Fc/route.ts",
                        "app/d/@slot/e/route.ts", "app/f/(.)g/route.ts", "app/(..)h/route.ts",
                        "app/i/route.d.ts", "app/j/page.tsx", "app/k/router.ts",
                        "app/feed.xml/route.ts", "app/index/route.ts"}),
              ElementsAre("/", "/_c", "/api/x", "/cart", "/d/e", "/feed.xml", "/index"));
}

TEST(Discovery, ReadsTheFoldersUnderSrc) {
  TestFolder folder;
  with_files(folder, {"src/pages/api/a.ts", "src/app/b/route.ts"});
  const auto routes = discover_routes(folder.path(), default_extensions());
  ASSERT_TRUE(routes);
  ASSERT_EQ(routes->size(), 2U);
  EXPECT_EQ((*routes)[0].file, "src/pages/api/a.ts");
  EXPECT_EQ((*routes)[0].kind, RouterKind::pages);
  EXPECT_EQ((*routes)[1].file, "src/app/b/route.ts");
  EXPECT_EQ((*routes)[1].kind, RouterKind::app);
}

TEST(Discovery, PrefersTheRootToSrc) {
  EXPECT_THAT(paths_of({"pages/api/a.ts", "src/pages/api/b.ts"}), ElementsAre("/api/a"));
}

TEST(Discovery, RejectsRoutersInDifferentFolders) {
  EXPECT_THAT(discovery_error({"pages/api/a.ts", "src/app/b/route.ts"}),
              AllOf(HasSubstr("`pages` and `app` directories should be under the same folder"),
                    HasSubstr("src/app")));
}

TEST(Discovery, FindsNothingWhereThereIsNothing) {
  const TestFolder folder;
  EXPECT_THAT(paths_in(folder.path()), IsEmpty());
  const auto missing = discover_routes(folder.path() / "none", default_extensions());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), base::ErrorCode::not_found);
}

TEST(Discovery, HonoursPageExtensions) {
  TestFolder folder;
  with_files(folder,
             {"pages/api/a.api.ts", "pages/api/b.ts", "app/c/route.api.ts", "app/d/route.ts"});
  EXPECT_THAT(paths_in(folder.path(), {"api.ts"}), ElementsAre("/api/a", "/c"));
  EXPECT_THAT(paths_in(folder.path(), {"ts", "api.ts"}),
              ElementsAre("/api/a", "/api/b", "/c", "/d"));
}

TEST(Discovery, SortsAsNextDoes) {
  EXPECT_THAT(paths_of({"pages/api/[...all].ts", "pages/api/[id].ts", "pages/api/b/[[...o]].ts",
                        "pages/api/b/c.ts", "pages/api/[id]/z.ts", "pages/api/a.ts"}),
              ElementsAre("/api/a", "/api/b/c", "/api/b/[[...o]]", "/api/[id]", "/api/[id]/z",
                          "/api/[...all]"));
}

TEST(Discovery, FollowsLinksButNotInCircles) {
  TestFolder folder;
  with_files(folder, {"shared/a.ts", "shared/deep/b.ts"});
  std::filesystem::create_directories(folder.path() / "pages/api");
  std::filesystem::create_directory_symlink("../../shared", folder.path() / "pages/api/linked");
  std::filesystem::create_symlink("../../shared/a.ts", folder.path() / "pages/api/c.ts");
  std::filesystem::create_symlink("nowhere.ts", folder.path() / "pages/api/dangling.ts");
  std::filesystem::create_directory_symlink("..", folder.path() / "shared/deep/up");
  EXPECT_THAT(paths_in(folder.path()),
              ElementsAre("/api/c", "/api/linked/a", "/api/linked/deep/b"));
}

TEST(Discovery, NamesBothFilesOfAConflict) {
  EXPECT_THAT(discovery_error({"pages/api/x.js", "app/api/x/route.js"}),
              AllOf(HasSubstr("Conflicting app and page file was found"),
                    HasSubstr("\"pages/api/x.js\" - \"app/api/x/route.js\"")));
  EXPECT_THAT(discovery_error({"app/(a)/x/route.ts", "app/(b)/x/route.ts"}),
              AllOf(HasSubstr("two parallel pages that resolve to the same path"),
                    HasSubstr("app/(a)/x/route.ts"), HasSubstr("app/(b)/x/route.ts")));
  EXPECT_THAT(discovery_error({"app/x/route.ts", "app/x/page.tsx"}),
              AllOf(HasSubstr("app/x/page.tsx"), HasSubstr("app/x/route.ts")));
  EXPECT_THAT(discovery_error({"pages/api/a.ts", "pages/api/a/index.ts"}),
              AllOf(HasSubstr("Duplicate page detected"), HasSubstr("pages/api/a.ts"),
                    HasSubstr("pages/api/a/index.ts")));
  EXPECT_THAT(discovery_error({"pages/about.tsx", "app/about/route.ts"}),
              HasSubstr("pages/about.tsx"));
}

TEST(Discovery, NamesAConflictingFileOfPublic) {
  EXPECT_THAT(discovery_error({"pages/api/a.ts", "public/api/a"}),
              AllOf(HasSubstr("Conflicting public and page file was found"),
                    HasSubstr("\"public/api/a\" - \"pages/api/a.ts\"")));
  EXPECT_EQ(discovery_error({"app/a/route.ts", "public/a"}), "");
  EXPECT_EQ(discovery_error({"pages/api/a.ts", "public/api/a/b"}), "");
}

TEST(Discovery, AllowsPagesToShareAPath) {
  EXPECT_EQ(discovery_error({"app/a/@x/b/page.tsx", "app/a/b/page.tsx"}), "");
}

TEST(Discovery, NamesBothFilesOfDifferentSlugNames) {
  EXPECT_THAT(discovery_error({"pages/api/[a].ts", "pages/api/[b]/c.ts"}),
              AllOf(HasSubstr("You cannot use different slug names for the same dynamic path ('a' "
                              "!== 'b')"),
                    HasSubstr("pages/api/[a].ts"), HasSubstr("pages/api/[b]/c.ts")));
  EXPECT_THAT(discovery_error({"pages/api/[a].ts", "app/api/[b]/route.ts"}),
              HasSubstr("'a' !== 'b'"));
}

TEST(Discovery, RejectsWhatNextRejects) {
  EXPECT_THAT(discovery_error({"pages/api/[...a]/b.ts"}),
              HasSubstr("Catch-all must be the last part"));
  EXPECT_THAT(discovery_error({"pages/api/[[a]].ts"}), HasSubstr("Optional route parameters"));
  EXPECT_THAT(discovery_error({"pages/api/[a]/[a].ts"}), HasSubstr("same slug name \"a\" repeat"));
  EXPECT_THAT(discovery_error({"pages/api/[a-b]/[ab].ts"}),
              HasSubstr("differ only by non-word symbols"));
  EXPECT_THAT(discovery_error({"pages/api/[…a].ts"}), HasSubstr("three-dot character"));
  EXPECT_THAT(discovery_error({"pages/api/[..a].ts"}), HasSubstr("erroneous periods"));
  EXPECT_THAT(discovery_error({"pages/api/[[[a]]].ts"}), HasSubstr("extra brackets"));
  EXPECT_THAT(discovery_error({"pages/api/[].ts"}), HasSubstr("empty brackets"));
  EXPECT_THAT(
      discovery_error({"pages/api/[...a].ts", "pages/api/[[...a]].ts"}),
      AllOf(HasSubstr("required and optional catch-all"), HasSubstr("pages/api/[...a].ts")));
  EXPECT_THAT(discovery_error({"pages/api/a/index.ts", "pages/api/a/[[...b]].ts"}),
              AllOf(HasSubstr("same specificity"), HasSubstr("pages/api/a/[[...b]].ts")));
}

TEST(Discovery, ListsParametersInOrder) {
  TestFolder folder;
  with_files(folder, {"pages/api/[a]/b/[...c].ts"});
  const auto routes = discover_routes(folder.path(), default_extensions());
  ASSERT_TRUE(routes);
  EXPECT_THAT(routes->at(0).parameters,
              ElementsAre(Parameter{.name = "a", .kind = ParameterKind::single},
                          Parameter{.name = "c", .kind = ParameterKind::catch_all}));
}

TEST(Discovery, FindsMetadataFiles) {
  EXPECT_THAT(paths_of({"app/robots.ts", "app/sitemap.xml", "app/manifest.json", "app/favicon.ico",
                        "app/(shop)/cart/sitemap.js", "app/[lang]/sitemap.ts", "app/a/icon.png",
                        "app/a/icon.svg", "app/_private/sitemap.ts", "app/(.)x/sitemap.ts",
                        "app/a/robots.ts", "pages/sitemap.ts", "app/a/sitemap.test.ts"}),
              ElementsAre("/a/icon.png", "/a/icon.svg", "/cart/sitemap.xml", "/favicon.ico",
                          "/manifest.json", "/robots.txt", "/sitemap.xml", "/[lang]/sitemap.xml"));
}

TEST(Discovery, AssignsMetadataFilesToTheAppRouter) {
  TestFolder folder;
  with_files(folder, {"src/app/robots.txt"});
  const auto routes = discover_routes(folder.path(), default_extensions());
  ASSERT_TRUE(routes);
  ASSERT_EQ(routes->size(), 1U);
  EXPECT_EQ(routes->front().kind, RouterKind::app);
  EXPECT_EQ(routes->front().file, "src/app/robots.txt");
}

TEST(Discovery, DetectsMetadataFilesThatDefineSeveralRoutes) {
  TestFolder folder;
  folder.write("app/a/sitemap.ts", "export const generateSitemaps = () => [{ id: 0 }]");
  folder.write("app/b/sitemap.ts", "// export const generateSitemaps\nexport default () => []");
  folder.write("app/c/icon.tsx", "export function generateImageMetadata() {}");
  folder.write("app/d/icon.tsx", "export function generateSitemaps() {}");
  EXPECT_THAT(paths_in(folder.path()), ElementsAre("/a/sitemap/[__metadata_id__]", "/b/sitemap.xml",
                                                   "/c/icon/[__metadata_id__]", "/d/icon"));
}

TEST(Discovery, UsesTheLastOfTwoMetadataFilesInAFolder) {
  TestFolder folder;
  with_files(folder, {"app/manifest.json", "app/manifest.ts", "app/robots.ts", "app/robots.txt"});
  const auto routes = discover_routes(folder.path(), default_extensions());
  ASSERT_TRUE(routes);
  std::vector<std::string> files;
  for (const Route& route : *routes) files.push_back(route.file);
  EXPECT_THAT(files, ElementsAre("app/manifest.ts", "app/robots.txt"));
}

TEST(Discovery, RejectsConflictingMetadataFiles) {
  EXPECT_THAT(discovery_error({"app/robots.ts", "app/robots.txt/route.ts"}),
              AllOf(HasSubstr("Conflicting route and metadata at /robots.txt"),
                    HasSubstr("app/robots.ts"), HasSubstr("app/robots.txt/route.ts")));
  EXPECT_THAT(
      discovery_error({"app/sitemap.ts", "app/(g)/sitemap.ts"}),
      AllOf(HasSubstr("Conflicting metadatas at /sitemap.xml"), HasSubstr("app/(g)/sitemap.ts")));
  EXPECT_EQ(discovery_error({"app/robots.ts", "public/robots.txt"}), "");
}

TEST(Route, ReadsSegments) {
  EXPECT_FALSE(parameter_of("a"));
  EXPECT_FALSE(parameter_of("pre[id]"));
  EXPECT_FALSE(parameter_of("[]"));
  EXPECT_FALSE(parameter_of("[...]"));
  EXPECT_FALSE(parameter_of("[[x]]"));
  EXPECT_EQ(parameter_of("[[...x y]]"),
            (Parameter{.name = "x y", .kind = ParameterKind::optional_catch_all}));
  EXPECT_THAT(segments_of("//a/b//"), ElementsAre("a", "b"));
}

TEST(Discovery, DistinguishesPagesFromRoutes) {
  TestFolder folder;
  with_files(folder,
             {"app/page.tsx", "app/(shop)/cart/page.jsx", "app/api/a/route.ts", "app/robots.ts",
              "app/_private/page.tsx", "pages/index.tsx", "pages/_app.tsx", "pages/api/b.ts"});
  const auto pages = discover_pages(folder.path(), default_extensions());
  ASSERT_TRUE(pages) << pages.error().message();
  EXPECT_THAT(*pages, ElementsAre("app/(shop)/cart/page.jsx", "app/page.tsx", "pages/index.tsx"));
}

TEST(Discovery, FindsEachPageOnceWithItsPath) {
  TestFolder folder;
  with_files(folder, {"app/(shop)/cart/[id]/page.jsx", "app/page.tsx", "app/@side/page.tsx",
                      "app/feed/(.)cart/page.tsx", "pages/old/index.tsx"});
  const auto pages = discover_page_routes(folder.path(), default_extensions());
  ASSERT_TRUE(pages) << pages.error().message();
  ASSERT_EQ(pages->size(), 3U);
  EXPECT_EQ(pages->at(0).path, "/cart/[id]");
  EXPECT_EQ(pages->at(0).kind, RouterKind::app_page);
  EXPECT_THAT(pages->at(0).parameters,
              ElementsAre(Parameter{.name = "id", .kind = ParameterKind::single}));
  EXPECT_EQ(pages->at(1).path, "/");
  EXPECT_EQ(pages->at(2).path, "/old");
  EXPECT_EQ(pages->at(2).kind, RouterKind::page);
}

}  // namespace
}  // namespace millrace::project
