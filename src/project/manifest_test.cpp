#include "project/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "project/test_folder.hpp"

namespace millrace::project {
namespace {

namespace json = boost::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/// A manifest of protocol/manifests, which the builder's tests hold against what it writes.
std::string written(std::string_view name) {
  std::ifstream file(std::filesystem::path(MILLRACE_MANIFESTS) / name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

json::value full() { return json::parse(written("full.json")); }

std::string error_of(const json::value& manifest) {
  const auto result = parse_manifest(json::serialize(manifest), "m.json");
  return result ? "no error" : result.error().message();
}

/// The error for the full manifest with the value at `pointer`, of an object or array, replaced by
/// JSON text.
std::string error_with(std::string_view pointer, std::string_view replacement) {
  json::value manifest = full();
  manifest.at_pointer({pointer.data(), pointer.size()}) =
      json::parse({replacement.data(), replacement.size()});
  return error_of(manifest);
}

/// The error for the full manifest without the member at `pointer`.
std::string error_without(std::string_view pointer) {
  json::value manifest = full();
  const std::size_t slash = pointer.rfind('/');
  json::value& parent = manifest.at_pointer({pointer.data(), slash});
  parent.as_object().erase(json::string_view(pointer.substr(slash + 1)));
  return error_of(manifest);
}

/// "/routes/0/path" as messages call it: "routes[0].path".
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

TEST(Manifest, OfTheBuilderIsRead) {
  const auto manifest = parse_manifest(written("full.json"), "m.json");
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->build_id, "full");
  EXPECT_EQ(manifest->mode, Mode::production);
  EXPECT_EQ(manifest->generator, "millrace test");
  EXPECT_EQ(manifest->built_at, 1'790'000'000'000);
  EXPECT_EQ(manifest->next_dev, "");

  ASSERT_EQ(manifest->routes.size(), 3U);
  const Route& users = manifest->routes[0];
  EXPECT_EQ(users.path, "/api/users/[id]");
  EXPECT_EQ(users.kind, RouterKind::pages);
  EXPECT_EQ(users.file, "pages/api/users/[id].ts");
  EXPECT_EQ(users.module, "2-full/routes/pages/api/users/[id].mjs");
  EXPECT_FALSE(users.methods);
  EXPECT_EQ(users.max_duration, std::chrono::milliseconds(2500));
  EXPECT_FALSE(users.cached);
  const Route& list = manifest->routes[1];
  EXPECT_EQ(list.kind, RouterKind::app);
  EXPECT_THAT(*list.methods, ElementsAre("GET", "POST"));
  EXPECT_FALSE(list.max_duration);
  ASSERT_TRUE(list.cached);
  EXPECT_FALSE(list.cached->dynamic_params);
  ASSERT_EQ(list.parameters.size(), 2U);
  EXPECT_EQ(list.parameters[1].kind, ParameterKind::catch_all);
  EXPECT_EQ(manifest->routes[2].parameters[0].kind, ParameterKind::optional_catch_all);
  EXPECT_TRUE(manifest->routes[2].is_native());

  ASSERT_EQ(manifest->prerendered.size(), 1U);
  const Prerendered& answer = manifest->prerendered[0];
  EXPECT_EQ(answer.route, 1U);
  EXPECT_EQ(answer.parameters, "a b%20c/d");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.fields, "content-type: text/plain\r\n");
  EXPECT_EQ(answer.body, "2-full/prerendered/0.body");

  ASSERT_EQ(manifest->memory_state.size(), 1U);
  EXPECT_EQ(manifest->memory_state[0].file, "lib/bus.ts");
  EXPECT_EQ(manifest->memory_state[0].line, 3);
  EXPECT_EQ(manifest->memory_state[0].name, "bus");
  EXPECT_THAT(manifest->memory_state[0].routes, ElementsAre("pages/api/users/[id].ts"));
}

TEST(Manifest, OfTheBuilderHasItsConfigurationRead) {
  const auto manifest = parse_manifest(written("full.json"), "m.json");
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(
      manifest->config,
      (ProjectConfig{.base_path = "/docs",
                     .trailing_slash = true,
                     .skip_trailing_slash_redirect = true,
                     .compress = false,
                     .cache_max_memory_size = 1024,
                     .proxy_body_limit = std::size_t{2} * 1024 * 1024,
                     .proxy_timeout = std::chrono::milliseconds(1500),
                     .i18n = Locales{.locales = {"en", "de"},
                                     .default_locale = "en",
                                     .domains = {{.domain = "example.de", .default_locale = "de"}}},
                     .allowed_dev_origins = {"*.example.com"},
                     .generate_etags = false,
                     .page_extensions = {"ts"},
                     .poll_interval = std::chrono::milliseconds(250)}));
}

TEST(Manifest, OfTheBuilderHasItsRulesRead) {
  const auto manifest = parse_manifest(written("full.json"), "m.json");
  ASSERT_TRUE(manifest) << manifest.error().message();
  const Rules& rules = manifest->rules;
  ASSERT_EQ(rules.headers.size(), 1U);
  const Rule& header = rules.headers[0];
  EXPECT_THAT(header.source, HasSubstr("/h/:id"));
  EXPECT_EQ(header.keys.back().name, "id");
  EXPECT_EQ(header.has.at(0).kind, Condition::Kind::header);
  EXPECT_EQ(header.has.at(0).key, "x-a");
  EXPECT_EQ(header.has.at(0).value, "1");
  EXPECT_EQ(header.missing.at(0).kind, Condition::Kind::host);
  EXPECT_THAT(header.headers, ElementsAre(Pair("x-id", ":id")));
  ASSERT_FALSE(rules.redirects.empty());
  const Rule& redirect = rules.redirects.back();
  EXPECT_EQ(redirect.status, 308);
  EXPECT_TRUE(redirect.keys.back().repeats);
  EXPECT_EQ(redirect.keys.back().separator, "/");
  ASSERT_EQ(rules.before_files.size(), 1U);
  EXPECT_THAT(rules.before_files[0].destination->query, ElementsAre(Pair("b", ElementsAre("1"))));
  ASSERT_EQ(rules.after_files.size(), 1U);
  EXPECT_EQ(rules.after_files[0].destination->path.back().name, "n");
  ASSERT_EQ(rules.fallback.size(), 1U);
  const Destination& elsewhere = *rules.fallback[0].destination;
  EXPECT_EQ(elsewhere.protocol, "https:");
  EXPECT_EQ(elsewhere.port, "8443");
  EXPECT_EQ(elsewhere.path.back().modifier, '*');

  ASSERT_TRUE(manifest->middleware);
  EXPECT_EQ(manifest->middleware->file, "proxy.ts");
  EXPECT_EQ(manifest->middleware->module, "2-full/routes/proxy.mjs");
  EXPECT_EQ(manifest->middleware_number(), 3U);
  ASSERT_EQ(manifest->middleware->matchers.size(), 1U);
  EXPECT_EQ(manifest->middleware->matchers[0].source, "/a/:id");
  EXPECT_EQ(manifest->middleware->matchers[0].missing.at(0).kind, Condition::Kind::cookie);
  ASSERT_TRUE(manifest->instrumentation);
  EXPECT_EQ(manifest->instrumentation->module, "2-full/next/instrumentation.js");
  EXPECT_TRUE(manifest->instrumentation->of_next);
}

TEST(Manifest, OfDevelopmentNamesNextDev) {
  const auto manifest = parse_manifest(written("development.json"), "m.json");
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->mode, Mode::development);
  EXPECT_EQ(manifest->next_dev, "http://127.0.0.1:4000");
  EXPECT_TRUE(manifest->routes[0].of_next);
  EXPECT_FALSE(manifest->routes[1].of_next);
}

TEST(Manifest, OfAnEmptyProjectHasTheDefaultsThatStandHere) {
  const auto manifest = parse_manifest(written("plain.json"), "m.json");
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->config, ProjectConfig{});
  EXPECT_TRUE(manifest->routes.empty());
  EXPECT_TRUE(manifest->prerendered.empty());
  EXPECT_TRUE(manifest->memory_state.empty());
  EXPECT_TRUE(manifest->rules.empty());
  EXPECT_FALSE(manifest->middleware);
  EXPECT_FALSE(manifest->instrumentation);
}

/// A member of the full manifest, and JSON values that it cannot have.
struct Member {
  std::string pointer;
  std::vector<std::string> wrong;
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
      {"/routes/0/kind", {"7", R"("page")"}},
      {"/routes/0/file", {"1", R"("/etc/passwd")", R"("../a.ts")", R"("")"}},
      {"/routes/0/module",
       {"1", R"("/etc/passwd")", R"("../x.mjs")", R"("a/../../x")", R"("")", R"("a\u0000b")"}},
      {"/routes/0/options", {"1", "[]"}},
      {"/routes/0/parameters", {"1", "[]", "[1]", R"([{"name": "x", "kind": "single"}])"}},
      {"/routes/0/parameters/0/name", {"1", R"("other")"}},
      {"/routes/0/parameters/0/kind", {"1", R"("many")", R"("catch-all")"}},
      {"/routes/1/cached/dynamicParams", {"1"}},
      {"/prerendered/0/route", {R"("1")", "-1", "3", "0.5"}},
      {"/prerendered/0/parameters", {"1"}},
      {"/prerendered/0/status", {R"("200")", "199", "600"}},
      {"/prerendered/0/fields", {"1"}},
      {"/prerendered/0/body", {"1", R"("/etc/passwd")", R"("../x")"}},
      {"/middleware/file", {"1", R"("../proxy.ts")"}},
      {"/middleware/module", {"1", R"("/etc/passwd")"}},
      {"/middleware/number", {R"("3")", "2", "4", "-1"}},
      {"/middleware/matchers/0/source", {"1"}},
      {"/middleware/matchers/0/regex", {"1"}},
      {"/instrumentation/file", {"1", R"("../i.ts")"}},
      {"/instrumentation/module", {"1", R"("../i.mjs")"}},
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
      {"/rules/rewrites/beforeFiles/0/destination", {"1"}},
      {"/rules/rewrites/afterFiles/0/destination", {"1"}},
      {"/rules/rewrites/fallback/0/destination", {"1"}},
  };
  return members;
}

TEST(Manifest, WithoutAMemberThatItMustHaveIsRefused) {
  for (const Member& member : required_members()) {
    // Whether the file is a list's or the object's, the message begins with the place above.
    const std::string place = place_of(member.pointer.substr(0, member.pointer.rfind('/')));
    EXPECT_THAT(error_without(member.pointer),
                AllOf(HasSubstr("m.json: " + place), HasSubstr("Run `millrace build`")))
        << member.pointer;
    EXPECT_THAT(error_with(member.pointer, "null"), HasSubstr("m.json: " + place))
        << member.pointer;
  }
}

TEST(Manifest, WithAMemberThatIsSomethingElseIsRefused) {
  for (const Member& member : required_members()) {
    for (const std::string& wrong : member.wrong) {
      EXPECT_THAT(error_with(member.pointer, wrong),
                  AllOf(HasSubstr("m.json: "), HasSubstr("expected"), HasSubstr("found")))
          << member.pointer << " " << wrong;
    }
  }
}

TEST(Manifest, WithAMemberThatNeedNotBeThereIsRefusedWhereThatIsSomethingElse) {
  const std::vector<Member> members = {
      {"/config/i18n", {"[]", "1"}},
      {"/config/i18n/domains", {"{}", "[1]"}},
      {"/config/allowedDevOrigins", {R"("a")", "[1]"}},
      {"/routes/1/methods", {R"("GET")", "[1]", R"(["get"])", R"([""])"}},
      {"/routes/1/cached", {"true"}},
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
    for (const std::string& wrong : member.wrong) {
      EXPECT_THAT(error_with(member.pointer, wrong), HasSubstr("m.json: ")) << member.pointer;
    }
  }
}

TEST(Manifest, NamesTheFileThePlaceAndWhatWasExpected) {
  EXPECT_THAT(error_with("/routes/1/kind", "7"),
              AllOf(HasSubstr("m.json"), HasSubstr("routes[1].kind"),
                    HasSubstr("expected a string, found a number")));
  EXPECT_THAT(
      error_with("/prerendered/0/status", "99"),
      HasSubstr("prerendered[0].status: expected a whole number from 200 to 599, found 99"));
}

TEST(Manifest, OfAnotherVersionIsRefused) {
  for (const char* version : {"1", "3", "\"2\"", "2.0", "null"}) {
    EXPECT_THAT(error_with("/version", version),
                AllOf(HasSubstr("of version 2, found "), HasSubstr("Run `millrace build`")))
        << version;
  }
  EXPECT_THAT(error_without("/version"), HasSubstr("of version 2, found none"));
  // Whatever else it may say.
  EXPECT_THAT(error_of(json::parse(R"({"version": 9})")), HasSubstr("of version 2, found 9"));
}

TEST(Manifest, OfProductionNamesNoOtherServer) {
  EXPECT_THAT(error_with("/next_dev", R"("http://127.0.0.1:1")"), HasSubstr("next_dev"));
  json::value manifest = json::parse(written("development.json"));
  manifest.as_object()["next_dev"] = "ftp://127.0.0.1";
  EXPECT_THAT(error_of(manifest), HasSubstr("next_dev"));
}

TEST(Manifest, TakesWhatIsNoDurationForNone) {
  const auto duration_of = [](std::string_view given) {
    json::value manifest = full();
    manifest.at_pointer("/routes/0/options/maxDuration") =
        json::parse({given.data(), given.size()});
    const auto read = parse_manifest(json::serialize(manifest), "m.json");
    EXPECT_TRUE(read) << given;
    return read ? read->routes[0].max_duration : std::nullopt;
  };
  EXPECT_EQ(duration_of("60"), std::chrono::milliseconds(60'000));
  for (const char* given : {"0", "-1", R"("60")", "null", "1e12", "{}"}) {
    EXPECT_EQ(duration_of(given), std::nullopt) << given;
  }
}

TEST(Manifest, TakesNumbersOfTheConfigurationAsTheNearestPossible) {
  json::value manifest = full();
  manifest.at_pointer("/config/cacheMaxMemorySize") = -5;
  manifest.at_pointer("/config/proxyTimeout") = 1e300;
  manifest.at_pointer("/config/watchOptions/pollIntervalMs") = "often";
  const auto read = parse_manifest(json::serialize(manifest), "m.json");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->config.cache_max_memory_size, 0U);
  EXPECT_EQ(read->config.proxy_timeout.count(), 1'000'000'000'000'000);
  EXPECT_EQ(read->config.poll_interval, std::nullopt);
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
  EXPECT_THAT(missing.error().message(), HasSubstr("Run `millrace build` first."));
  folder.write("manifest.json", written("full.json"));
  EXPECT_TRUE(read_manifest(folder.path() / "manifest.json"));
}

TEST(Manifest, ThatIsTooLongIsNotEvenRead) {
  const TestFolder folder;
  folder.write("manifest.json", "");
  std::filesystem::resize_file(folder.path() / "manifest.json", kManifestBytes + 1);
  const auto read = read_manifest(folder.path() / "manifest.json");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(), HasSubstr("expected at most 64 MiB, found 67108865 bytes"));
}

}  // namespace
}  // namespace millrace::project
