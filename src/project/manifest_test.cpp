#include "project/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <string_view>

#include "project/test_folder.hpp"
#include "project/test_manifests.hpp"

namespace millrace::project {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(Manifest, PagesOfTheBuilderAreRead) {
  const auto manifest = parse_manifest(written_manifest("full.json"), "m.json");
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->routes[3].kind, RouterKind::app_page);
  EXPECT_EQ(manifest->routes[4].kind, RouterKind::page);
  ASSERT_TRUE(manifest->pages);
  EXPECT_EQ(manifest->pages->build_id, "of next");
  EXPECT_EQ(manifest->pages->not_found, 5U);
  EXPECT_EQ(manifest->routes[6].kind, RouterKind::image);
  ASSERT_TRUE(manifest->pages->images);
  const ImageSettings& images = *manifest->pages->images;
  EXPECT_TRUE(images.enabled);
  EXPECT_THAT(images.sizes, ElementsAre(640U, 16U));
  ASSERT_TRUE(images.qualities && images.local_patterns);
  EXPECT_THAT(*images.qualities, ElementsAre(75U));
  EXPECT_EQ(images.local_patterns->at(0).search, "");
  ASSERT_EQ(images.remote_patterns.size(), 1U);
  EXPECT_EQ(images.remote_patterns[0].protocol, "https");
  EXPECT_EQ(images.remote_patterns[0].port, "");
  EXPECT_EQ(images.remote_patterns[0].search, std::nullopt);
  EXPECT_THAT(images.domains, ElementsAre("b.example"));
}

TEST(Manifest, OfTheBuilderIsRead) {
  const auto manifest = parse_manifest(written_manifest("full.json"), "m.json");
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->build_id, "full");
  EXPECT_EQ(manifest->mode, Mode::production);
  EXPECT_EQ(manifest->generator, "millrace test");
  EXPECT_EQ(manifest->built_at, 1'790'000'000'000);
  EXPECT_EQ(manifest->next_dev, "");

  ASSERT_EQ(manifest->routes.size(), 7U);
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

  ASSERT_EQ(manifest->prerendered.size(), 2U);
  const Prerendered& response = manifest->prerendered[0];
  EXPECT_EQ(response.route, 1U);
  EXPECT_EQ(response.parameters, "a b%20c/d");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.fields, "content-type: text/plain\r\n");
  EXPECT_EQ(response.body, "2-full/prerendered/0.body");
  EXPECT_EQ(response.variant, "");
  EXPECT_EQ(manifest->prerendered[1].variant, "segment:/_tree");
  ASSERT_TRUE(manifest->routes[3].cached);
  EXPECT_TRUE(manifest->routes[3].cached->dynamic_params);
  EXPECT_TRUE(manifest->routes[3].cached->fallback);
  EXPECT_TRUE(manifest->routes[3].cached->partial);
  EXPECT_TRUE(manifest->routes[3].has_actions);
  EXPECT_FALSE(list.has_actions);
  EXPECT_FALSE(list.cached->fallback);
  EXPECT_FALSE(list.cached->partial);

  ASSERT_EQ(manifest->memory_state.size(), 1U);
  EXPECT_EQ(manifest->memory_state[0].file, "lib/bus.ts");
  EXPECT_EQ(manifest->memory_state[0].line, 3);
  EXPECT_EQ(manifest->memory_state[0].name, "bus");
  EXPECT_THAT(manifest->memory_state[0].routes, ElementsAre("pages/api/users/[id].ts"));
}

TEST(Manifest, OfTheBuilderHasItsConfigurationRead) {
  const auto manifest = parse_manifest(written_manifest("full.json"), "m.json");
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
  const auto manifest = parse_manifest(written_manifest("full.json"), "m.json");
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
  EXPECT_EQ(manifest->middleware_number(), 7U);
  ASSERT_EQ(manifest->middleware->matchers.size(), 1U);
  EXPECT_EQ(manifest->middleware->matchers[0].source, "/a/:id");
  EXPECT_EQ(manifest->middleware->matchers[0].missing.at(0).kind, Condition::Kind::cookie);
  ASSERT_TRUE(manifest->instrumentation);
  EXPECT_EQ(manifest->instrumentation->module, "2-full/next/instrumentation.js");
  EXPECT_TRUE(manifest->instrumentation->of_next);
}

TEST(Manifest, OfDevelopmentNamesNextDev) {
  const auto manifest = parse_manifest(written_manifest("development.json"), "m.json");
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->mode, Mode::development);
  EXPECT_EQ(manifest->next_dev, "http://127.0.0.1:4000");
  EXPECT_TRUE(manifest->next_dev_pages);
  EXPECT_TRUE(manifest->routes[0].of_next);
  EXPECT_FALSE(manifest->routes[1].of_next);
}

TEST(Manifest, OfAnEmptyProjectHasTheDefaultsOfProjectConfig) {
  const auto manifest = parse_manifest(written_manifest("plain.json"), "m.json");
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->config, ProjectConfig{});
  EXPECT_TRUE(manifest->routes.empty());
  EXPECT_TRUE(manifest->prerendered.empty());
  EXPECT_TRUE(manifest->memory_state.empty());
  EXPECT_TRUE(manifest->rules.empty());
  EXPECT_FALSE(manifest->middleware);
  EXPECT_FALSE(manifest->instrumentation);
}

TEST(Manifest, IgnoresInvalidDurations) {
  const auto duration_of = [](std::string_view given) {
    json::value manifest = json::parse(written_manifest("full.json"));
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

TEST(Manifest, ClampsNumbersOfTheConfiguration) {
  json::value manifest = json::parse(written_manifest("full.json"));
  manifest.at_pointer("/config/cacheMaxMemorySize") = -5;
  manifest.at_pointer("/config/proxyTimeout") = 1e300;
  manifest.at_pointer("/config/watchOptions/pollIntervalMs") = "often";
  const auto read = parse_manifest(json::serialize(manifest), "m.json");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->config.cache_max_memory_size, 0U);
  EXPECT_EQ(read->config.proxy_timeout.count(), 1'000'000'000'000'000);
  EXPECT_EQ(read->config.poll_interval, std::nullopt);
}

TEST(Manifest, LocalesOfPagesAreRead) {
  json::value manifest = json::parse(written_manifest("full.json"));
  manifest.at_pointer("/config/i18n").as_object()["localeDetection"] = false;
  json::object& domain = manifest.at_pointer("/config/i18n/domains/0").as_object();
  domain["locales"] = {"en"};
  domain["http"] = true;
  manifest.at_pointer("/prerendered/0").as_object()["locale"] = "de";
  const auto read = parse_manifest(json::serialize(manifest), "m.json");
  ASSERT_TRUE(read) << read.error().message();
  const Locales& locales = *read->config.i18n;
  EXPECT_FALSE(locales.detection);
  EXPECT_THAT(locales.domains.at(0).locales, ElementsAre("en"));
  EXPECT_TRUE(locales.domains.at(0).http);
  EXPECT_EQ(read->prerendered.at(0).locale, "de");
}

TEST(Manifest, IsReadFromAFile) {
  const TestFolder folder;
  const auto missing = read_manifest(folder.path() / "manifest.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), base::ErrorCode::not_found);
  EXPECT_THAT(missing.error().message(), HasSubstr("Run `millrace build` first."));
  folder.write("manifest.json", written_manifest("full.json"));
  EXPECT_TRUE(read_manifest(folder.path() / "manifest.json"));
}

}  // namespace
}  // namespace millrace::project
