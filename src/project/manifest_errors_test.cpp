// Manifests that are rejected: with each member missing, of another type, and out of range.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "project/manifest.hpp"
#include "project/test_folder.hpp"
#include "project/test_manifests.hpp"

namespace millrace::project {
namespace {

namespace json = boost::json;
using testing::AllOf;
using testing::HasSubstr;

json::value full() { return json::parse(written_manifest("full.json")); }

std::string manifest_error(const json::value& manifest) {
  const auto result = parse_manifest(json::serialize(manifest), "m.json");
  return result ? "no error" : result.error().message();
}

/// The error for the full manifest with the value at `pointer`, of an object or array, replaced by
/// JSON text.
std::string error_with(std::string_view pointer, std::string_view replacement) {
  json::value manifest = full();
  manifest.at_pointer({pointer.data(), pointer.size()}) =
      json::parse({replacement.data(), replacement.size()});
  return manifest_error(manifest);
}

/// The error for the full manifest without the member at `pointer`.
std::string error_without(std::string_view pointer) {
  json::value manifest = full();
  const std::size_t slash = pointer.rfind('/');
  json::value& parent = manifest.at_pointer({pointer.data(), slash});
  parent.as_object().erase(json::string_view(pointer.substr(slash + 1)));
  return manifest_error(manifest);
}

/// "/routes/0/path" as in messages: "routes[0].path".
std::string place_of(std::string_view pointer) {
  std::string place;
  for (const std::string_view segment : segments_of(pointer)) {
    const bool number = segment.find_first_not_of("0123456789") == std::string_view::npos;
    if (number) {
      place.append("[").append(segment).append("]");
    } else {
      place.append(place.empty() ? "" : ".").append(segment);
    }
  }
  return place;
}

/// A member of the full manifest, and JSON values that are invalid for it.
struct Member {
  std::string pointer;
  std::vector<std::string> invalid;
};

const std::vector<Member>& required_members() {
  static const std::vector<Member> members = {
      {"/build_id", {"1", "{}"}},
      {"/mode", {"1", R"("test")", R"("")"}},
      {"/generator", {"1"}},
      {"/built_at", {R"("now")", "-1", "1.5", "1e300"}},
      {"/config", {"[]", "1"}},
      {"/config/basePath", {"1", R"("docs")", R"("/")", R"("/a/")", R"("/a\\b")", R"("/a b")"}},
      {"/config/trailingSlash", {"1", R"("true")"}},
      {"/config/skipTrailingSlashRedirect", {"1"}},
      {"/config/compress", {"1"}},
      {"/config/cacheMaxMemorySize", {R"("1")", "true"}},
      {"/config/proxyClientMaxBodySize", {R"("1mb")"}},
      {"/config/proxyTimeout", {R"("1")", "[]"}},
      {"/config/generateEtags", {"0"}},
      {"/config/pageExtensions", {R"("ts")", "[]", "[1]"}},
      {"/config/i18n/locales", {R"("en")", "[1]"}},
      {"/config/i18n/defaultLocale", {"1"}},
      {"/config/i18n/domains/0/domain", {"1"}},
      {"/config/i18n/domains/0/defaultLocale", {"1"}},
      {"/routes", {"{}", "1"}},
      {"/routes/0/path", {"1", R"("api")", R"("/a\nb/[id]")", R"("/other/[id]/x/[...y]/z")"}},
      {"/routes/0/kind", {"7", R"("layout")"}},
      {"/routes/0/file", {"1", R"("/etc/passwd")", R"("../a.ts")", R"("")"}},
      {"/routes/0/module",
       {"1", R"("/etc/passwd")", R"("../x.mjs")", R"("a/../../x")", R"("")", R"("a\u0000b")"}},
      {"/routes/0/options", {"1", "[]"}},
      {"/routes/0/parameters", {"1", "[]", "[1]", R"([{"name": "x", "kind": "single"}])"}},
      {"/routes/0/parameters/0/name", {"1", R"("other")"}},
      {"/routes/0/parameters/0/kind", {"1", R"("many")", R"("catch-all")"}},
      {"/routes/1/cached/dynamicParams", {"1"}},
      {"/prerendered/0/route", {R"("1")", "-1", "7", "0.5"}},
      {"/prerendered/0/parameters", {"1"}},
      {"/prerendered/0/status", {R"("200")", "199", "600"}},
      {"/prerendered/0/fields", {"1"}},
      {"/prerendered/0/body", {"1", R"("/etc/passwd")", R"("../x")"}},
      {"/middleware/file", {"1", R"("../proxy.ts")"}},
      {"/middleware/module", {"1", R"("/etc/passwd")"}},
      {"/middleware/number", {R"("7")", "6", "8", "-1"}},
      {"/middleware/matchers/0/source", {"1"}},
      {"/middleware/matchers/0/regex", {"1"}},
      {"/instrumentation/file", {"1", R"("../i.ts")"}},
      {"/instrumentation/module", {"1", R"("../i.mjs")"}},
      {"/pages/build_id", {"1"}},
      {"/pages/not_found", {R"("5")", "7", "-1"}},
      {"/pages/images/enabled", {"1"}},
      {"/pages/images/sizes", {"1", R"(["640"])", "[-1]"}},
      {"/pages/images/local_patterns/0/pathname", {"1"}},
      {"/pages/images/remote_patterns/0/hostname", {"1"}},
      {"/memory_state/0/file", {"1"}},
      {"/memory_state/0/line", {"0", R"("1")", "1.5"}},
      {"/memory_state/0/name", {"1"}},
      {"/memory_state/0/routes", {R"("all")", "[1]"}},
      {"/rules/headers/0/source", {"1"}},
      {"/rules/headers/0/regex", {"1"}},
      {"/rules/headers/0/has/0/type", {"1", R"("body")"}},
      {"/rules/headers/0/headers/0/key", {"1"}},
      {"/rules/redirects/0/destination", {"1", R"("/x")"}},
      {"/rules/redirects/0/statusCode", {R"("308")", "200", "400"}},
  };
  return members;
}

TEST(BadManifest, RewriteHasNoDestination) {
  for (const char* const list : {"beforeFiles", "afterFiles", "fallback"}) {
    const std::string pointer = "/rules/rewrites/" + std::string(list) + "/0/destination";
    const std::string place = place_of(pointer.substr(0, pointer.rfind('/')));
    EXPECT_THAT(error_without(pointer), HasSubstr("m.json: " + place)) << pointer;
    EXPECT_THAT(error_with(pointer, "1"), HasSubstr("m.json: ")) << pointer;
  }
}

TEST(BadManifest, LacksAMember) {
  for (const Member& member : required_members()) {
    // In both cases, a list or the object, the message begins with the place above.
    const std::string place = place_of(member.pointer.substr(0, member.pointer.rfind('/')));
    EXPECT_THAT(error_without(member.pointer),
                AllOf(HasSubstr("m.json: " + place), HasSubstr("Run `millrace build`")))
        << member.pointer;
    EXPECT_THAT(error_with(member.pointer, "null"), HasSubstr("m.json: " + place))
        << member.pointer;
  }
}

TEST(BadManifest, HasAMemberOfAnotherType) {
  for (const Member& member : required_members()) {
    for (const std::string& invalid : member.invalid) {
      EXPECT_THAT(error_with(member.pointer, invalid),
                  AllOf(HasSubstr("m.json: "), HasSubstr("expected"), HasSubstr("found")))
          << member.pointer << " " << invalid;
    }
  }
}

TEST(BadManifest, HasAnOptionalMemberOfAnotherType) {
  const std::vector<Member> members = {
      {"/config/i18n", {"[]", "1"}},
      {"/config/i18n/domains", {"{}", "[1]"}},
      {"/config/allowedDevOrigins", {R"("a")", "[1]"}},
      {"/routes/1/methods", {R"("GET")", "[1]", R"(["get"])", R"([""])"}},
      {"/routes/1/cached", {"true"}},
      {"/routes/3/actions", {"1"}},
      {"/routes/3/cached/fallback", {"1"}},
      {"/routes/3/cached/partial", {"1"}},
      {"/prerendered/1/variant", {"1"}},
      {"/pages/images/qualities", {"1", R"(["75"])"}},
      {"/pages/images/local_patterns", {"1", "[1]"}},
      {"/pages/images/local_patterns/0/search", {"1"}},
      {"/pages/images/remote_patterns", {"1"}},
      {"/pages/images/remote_patterns/0/port", {"80"}},
      {"/pages/images/domains", {"1", "[1]"}},
      {"/rules", {"[]", "true"}},
      {"/rules/headers", {"{}", "[1]"}},
      {"/rules/redirects", {"{}"}},
      {"/rules/rewrites", {"[]"}},
      {"/rules/rewrites/fallback", {"{}"}},
      {"/rules/headers/0/keys", {"{}"}},
      {"/rules/headers/0/headers/0/value", {"1"}},
      {"/middleware", {R"("proxy.ts")", "[]"}},
      {"/middleware/matchers", {R"("/a")", "[1]"}},
      {"/instrumentation", {"true"}},
      {"/instrumentation/engine", {"1", R"("other")"}},
      {"/memory_state", {"3", "{}", "[1]"}},
      {"/prerendered", {"{}", "[1]"}},
  };
  for (const Member& member : members) {
    EXPECT_EQ(error_without(member.pointer), "no error") << member.pointer;
    for (const std::string& invalid : member.invalid) {
      EXPECT_THAT(error_with(member.pointer, invalid), HasSubstr("m.json: ")) << member.pointer;
    }
  }
}

TEST(BadManifest, IsReportedWithFilePlaceAndExpectation) {
  EXPECT_THAT(error_with("/routes/1/kind", "7"),
              AllOf(HasSubstr("m.json"), HasSubstr("routes[1].kind"),
                    HasSubstr("expected a string, found a number")));
  EXPECT_THAT(error_with("/prerendered/0/status", "99"),
              HasSubstr("prerendered[0].status: expected an integer from 200 to 599, found 99"));
}

TEST(BadManifest, IsOfAnotherVersion) {
  for (const char* version : {"2", "4", "\"3\"", "3.0", "null"}) {
    EXPECT_THAT(error_with("/version", version),
                AllOf(HasSubstr("of version 3, found "), HasSubstr("Run `millrace build`")))
        << version;
  }
  EXPECT_THAT(error_without("/version"), HasSubstr("of version 3, found none"));
  // The version is checked before anything else.
  EXPECT_THAT(manifest_error(json::parse(R"({"version": 9})")), HasSubstr("of version 3, found 9"));
}

TEST(BadManifest, NamesNextDevInProduction) {
  EXPECT_THAT(error_with("/next_dev", R"("http://127.0.0.1:1")"), HasSubstr("next_dev"));
  json::value manifest = json::parse(written_manifest("development.json"));
  manifest.as_object()["next_dev"] = "ftp://127.0.0.1";
  EXPECT_THAT(manifest_error(manifest), HasSubstr("next_dev"));
}

TEST(BadManifest, HasACatchAllBeforeTheEnd) {
  constexpr std::string_view kRoute = R"({"path": "/[...a]/b", "kind": "app", "file": "f",
      "parameters": [{"name": "a", "kind": "catch-all"}], "module": "m", "options": {}})";
  EXPECT_THAT(error_with("/routes/0", kRoute), HasSubstr("a catch-all only at its end"));
}

TEST(BadManifest, IsNotJson) {
  for (const std::string& text : {std::string(), std::string("{"), std::string("[1]"),
                                  std::string("nul"), std::string(100'000, '[')}) {
    const auto manifest = parse_manifest(text, "m.json");
    ASSERT_FALSE(manifest);
    EXPECT_THAT(manifest.error().message(), HasSubstr("m.json"));
  }
}

TEST(BadManifest, IsTooLong) {
  const TestFolder folder;
  folder.write("manifest.json", "");
  std::filesystem::resize_file(folder.path() / "manifest.json", kManifestBytes + 1);
  const auto read = read_manifest(folder.path() / "manifest.json");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(), HasSubstr("expected at most 64 MiB, found 67108865 bytes"));
}

}  // namespace
}  // namespace millrace::project
