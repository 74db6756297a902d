#include "project/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "project/test_folder.hpp"

namespace millrace::project {
namespace {

namespace json = boost::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// That of docs/manifest.md.
constexpr std::string_view kManifest = R"({
  "version": 1, "build_id": "5f1c", "mode": "production", "generator": "millrace 0.1.0",
  "config": {"basePath": "/docs", "trailingSlash": true, "generateEtags": false,
             "pageExtensions": ["ts"], "env": {"B": "2", "A": "1"}, "distDir": ".next"},
  "routes": [
    {"path": "/api/users/[id]", "kind": "pages", "file": "pages/api/users/[id].ts",
     "parameters": [{"name": "id", "kind": "single"}],
     "module": "routes/pages/api/users/[id].mjs", "methods": null,
     "options": {"api": {"bodyParser": {"sizeLimit": "2mb"}}}},
    {"path": "/cat/[...slug]", "kind": "app", "file": "app/cat/[...slug]/route.ts",
     "parameters": [{"name": "slug", "kind": "catch-all"}], "module": "routes/cat.mjs",
     "methods": ["GET", "POST"], "options": {}}
  ]
})";

/// The error for the manifest above with the value at `pointer` replaced by JSON text.
std::string error_with(std::string_view pointer, std::string_view replacement) {
  json::value manifest = json::parse({kManifest.data(), kManifest.size()});
  manifest.at_pointer({pointer.data(), pointer.size()}) =
      json::parse({replacement.data(), replacement.size()});
  const auto result = parse_manifest(json::serialize(manifest), "m.json");
  return result ? "no error" : result.error().message();
}

TEST(Manifest, IsRead) {
  const auto manifest = parse_manifest(kManifest, "m.json");
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->build_id, "5f1c");
  EXPECT_EQ(manifest->config.base_path, "/docs");
  EXPECT_TRUE(manifest->config.trailing_slash);
  EXPECT_TRUE(manifest->config.powered_by_header);
  EXPECT_FALSE(manifest->config.generate_etags);
  EXPECT_THAT(manifest->config.page_extensions, ElementsAre("ts"));
  EXPECT_THAT(manifest->config.env, ElementsAre(std::pair<std::string, std::string>("B", "2"),
                                                std::pair<std::string, std::string>("A", "1")));
  ASSERT_EQ(manifest->routes.size(), 2U);
  const Route& users = manifest->routes[0];
  EXPECT_EQ(users.kind, RouterKind::pages);
  EXPECT_EQ(users.module, "routes/pages/api/users/[id].mjs");
  EXPECT_FALSE(users.methods);
  EXPECT_TRUE(users.options.contains("api"));
  EXPECT_THAT(*manifest->routes[1].methods, ElementsAre("GET", "POST"));
}

TEST(Manifest, IsReadBackAsWritten) {
  const auto manifest = parse_manifest(kManifest, "m.json");
  ASSERT_TRUE(manifest);
  const std::string written = write_manifest(*manifest);
  EXPECT_THAT(written, HasSubstr("\"distDir\":\".next\""));
  const auto again = parse_manifest(written, "m.json");
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(write_manifest(*again), written);
  EXPECT_TRUE(parse_manifest(write_manifest(Manifest{}), "m.json"));
}

TEST(Manifest, SaysWhatRoutesKeepInMemory) {
  const auto state = [](std::string_view entry) {
    return read_memory_state(boost::json::parse("[" + std::string(entry) + "]"));
  };
  const auto read =
      state(R"({"file": "lib/x.ts", "line": 3, "name": "x", "routes": ["app/a/route.ts"]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at(0).file, "lib/x.ts");
  EXPECT_EQ(read->at(0).line, 3);
  EXPECT_EQ(read->at(0).name, "x");
  EXPECT_EQ(read->at(0).routes, std::vector<std::string>{"app/a/route.ts"});
  Manifest manifest;
  manifest.build_id = "1";
  manifest.memory_state = *read;
  const auto again = parse_manifest(write_manifest(manifest), "m");
  ASSERT_TRUE(again);
  EXPECT_EQ(memory_state_json(again->memory_state), memory_state_json(*read));
  for (const char* bad : {"3", R"({"file": "x", "name": "y"})", R"({"line": 1, "name": "y"})",
                          R"({"file": "x", "line": 0, "name": "y"})",
                          R"({"file": "x", "line": 1, "name": "y", "routes": "all"})"}) {
    EXPECT_FALSE(state(bad)) << bad;
  }
}

TEST(Manifest, NamesTheFileThePlaceAndWhatWasExpected) {
  EXPECT_THAT(error_with("/routes/1/kind", "7"),
              AllOf(HasSubstr("m.json"), HasSubstr("routes[1].kind"),
                    HasSubstr("expected a string, found a number")));
}

TEST(Manifest, RefusesOtherVersions) {
  EXPECT_THAT(error_with("/version", "2"), HasSubstr("of version 1, found 2"));
  EXPECT_THAT(error_with("/version", "\"1\""), HasSubstr("version"));
  EXPECT_THAT(error_with("/version", "null"), HasSubstr("version"));
}

TEST(Manifest, RefusesWhatBreaksTheFormat) {
  EXPECT_THAT(error_with("/mode", "\"test\""), HasSubstr("mode"));
  EXPECT_THAT(error_with("/routes", "{}"), HasSubstr("routes: expected an array"));
  EXPECT_THAT(error_with("/routes/0", "[]"), HasSubstr("routes[0]: expected an object"));
  EXPECT_THAT(error_with("/routes/0/path", "\"api\""), HasSubstr("routes[0].path"));
  EXPECT_THAT(error_with("/routes/0/path", "\"/a\\nb/[id]\""), HasSubstr("routes[0].path"));
  EXPECT_THAT(error_with("/routes/0/parameters", "[]"), HasSubstr("those of the path"));
  EXPECT_THAT(error_with("/routes/0/parameters/0/kind", "\"many\""), HasSubstr("parameters"));
  EXPECT_THAT(error_with("/routes/1/methods", "[\"get\"]"), HasSubstr("upper-case"));
  EXPECT_THAT(error_with("/routes/1/methods", "[1]"), HasSubstr("an array of strings"));
  EXPECT_THAT(error_with("/routes/1/options", "1"), HasSubstr("routes[1].options"));
  EXPECT_THAT(error_with("/config/basePath", "\"docs\""), HasSubstr("config.basePath"));
  EXPECT_THAT(error_with("/config/basePath", "\"/\""), HasSubstr("config.basePath"));
  EXPECT_THAT(error_with("/config/pageExtensions", "[]"), HasSubstr("at least one"));
  EXPECT_THAT(error_with("/config/env/A", "1"), HasSubstr("config.env.A"));
}

TEST(Manifest, RefusesModulesOutsideItsFolder) {
  for (const std::string_view module :
       {"\"/etc/passwd\"", "\"../x.mjs\"", "\"a/../../x\"", "\"\""}) {
    EXPECT_THAT(error_with("/routes/0/module", module), HasSubstr("routes[0].module")) << module;
  }
}

TEST(Manifest, RefusesCatchAllsBeforeTheEnd) {
  constexpr std::string_view kRoute = R"({"path": "/[...a]/b", "kind": "app", "file": "f",
      "parameters": [{"name": "a", "kind": "catch-all"}], "module": "m", "options": {}})";
  EXPECT_THAT(error_with("/routes/0", kRoute), HasSubstr("a catch-all only at its end"));
}

TEST(Manifest, RefusesWhatIsNoJson) {
  for (const std::string& text : {std::string(), std::string("{"), std::string("[1]"),
                                  std::string("nul"), std::string(100'000, '[')}) {
    const auto manifest = parse_manifest(text, "m.json");
    ASSERT_FALSE(manifest);
    EXPECT_THAT(manifest.error().message(), HasSubstr("m.json"));
  }
}

TEST(Manifest, IsReadFromAFile) {
  const TestFolder folder;
  const auto missing = read_manifest(folder.path() / "manifest.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), base::ErrorCode::not_found);
  folder.write("manifest.json", kManifest);
  EXPECT_TRUE(read_manifest(folder.path() / "manifest.json"));
}

TEST(Config, HasNextsDefaults) {
  const auto config = parse_config({});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->base_path, "");
  EXPECT_FALSE(config->trailing_slash);
  EXPECT_THAT(config->page_extensions, ElementsAre("tsx", "ts", "jsx", "js"));
}

}  // namespace
}  // namespace millrace::project
