#include "workers/readable_project.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "project/test_folder.hpp"

namespace millrace::workers {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

/// Relative to the project; the search must succeed.
std::vector<std::string> places_in(const project::TestFolder& folder,
                                   const std::vector<fs::path>& data = {}) {
  const auto found = readable_places(folder.path(), data);
  if (!found) return {found.error().message()};
  std::vector<std::string> names;
  for (const fs::path& path : *found)
    names.push_back(path.lexically_relative(fs::canonical(folder.path())));
  return names;
}

TEST(ReadableProject, LeavesOutSecretsAtTheTop) {
  const project::TestFolder folder;
  for (const char* const name :
       {".env", ".env.local", ".git/config", ".npmrc", "id_rsa", "a.key"}) {
    folder.write(name);
  }
  folder.write("package.json");
  folder.write("lib/a.js");
  EXPECT_THAT(places_in(folder), UnorderedElementsAre("package.json", "lib"));
}

TEST(ReadableProject, AllowsTheFilesNextToANestedSecret) {
  const project::TestFolder folder;
  folder.write("apps/web/.env");
  folder.write("apps/web/lib/a.js");
  folder.write("apps/web/package.json");
  folder.write("apps/api/a.js");
  folder.write("lib/a.js");
  EXPECT_THAT(places_in(folder),
              UnorderedElementsAre("apps/web/lib", "apps/web/package.json", "apps/api", "lib"));
}

TEST(ReadableProject, DistinguishesKeysFromCertificates) {
  const project::TestFolder folder;
  folder.write("tls/ca.pem", "-----BEGIN CERTIFICATE-----");
  EXPECT_THAT(places_in(folder), ElementsAre("tls"));
  folder.write("tls/own.pem", "x\n-----BEGIN RSA PRIVATE KEY-----");
  EXPECT_THAT(places_in(folder), ElementsAre("tls/ca.pem"));
}

TEST(ReadableProject, DoesNotSearchPackages) {
  const project::TestFolder folder;
  folder.write("node_modules/a/.env");
  folder.write("apps/web/node_modules/b/.env");
  EXPECT_THAT(places_in(folder), UnorderedElementsAre("node_modules", "apps"));
}

TEST(ReadableProject, AllowsOnlyTheBuildsOfMillrace) {
  const project::TestFolder folder;
  folder.write(".millrace/builds/1-a/manifest.json");
  folder.write(".millrace/control-3000.key");
  folder.write(".millrace/snapshots/1.heapsnapshot");
  EXPECT_THAT(places_in(folder), UnorderedElementsAre(".millrace/builds", ".millrace/current",
                                                      ".millrace/preview.key"));
}

TEST(ReadableProject, FollowsNoLinkToSecretsOrToTheProject) {
  const project::TestFolder folder;
  folder.write(".env");
  folder.write("lib/a.js");
  fs::create_symlink(".", folder.path() / "self");
  fs::create_symlink("..", folder.path() / "above");
  fs::create_symlink(".env", folder.path() / "settings");
  EXPECT_THAT(places_in(folder), ElementsAre("lib"));
}

TEST(ReadableProject, IsNotChangedByFilesThatHandlersCreate) {
  const project::TestFolder folder;
  folder.write("public/uploads/.env");
  folder.write("public/logo.svg");
  folder.write("data/a.key");
  EXPECT_THAT(places_in(folder, {folder.path() / "data", folder.path() / "public/uploads"}),
              UnorderedElementsAre("data", "public"));
}

TEST(ReadableProject, RejectsMorePlacesThanTheLimit) {
  const project::TestFolder folder;
  folder.write("many/.env");
  for (int i = 0; i <= 4'096; ++i) folder.write("many/" + std::to_string(i));
  const auto found = readable_places(folder.path(), {});
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message(), testing::HasSubstr("expected at most 4096 files"));
}

}  // namespace
}  // namespace millrace::workers
