#include "serving/route_facts.hpp"

#include <gtest/gtest.h>

#include "serving/test_settings.hpp"

namespace millrace::serving {
namespace {

using project::CachedRoute;
using project::Route;
using project::RouterKind;

Route page(std::string path, std::optional<CachedRoute> cached) {
  Route route{.path = std::move(path),
              .kind = RouterKind::app_page,
              .file = "app/page.tsx",
              .parameters = {}};
  route.parameters = project::parameters_of(route.path);
  route.module = "next/server/app/page.js";
  route.of_next = true;
  route.cached = cached;
  return route;
}

std::vector<RouteFacts> facts_of(const project::Manifest& manifest, std::string_view text = "") {
  return facts_of_routes(settings_of(text), manifest);
}

TEST(RouteFacts, SayWhereResponsesComeFrom) {
  project::Manifest manifest;
  manifest.routes = {page("/a", CachedRoute{}), page("/b/[id]", CachedRoute{}),
                     page("/c", CachedRoute{}), page("/d", CachedRoute{.partial = true}),
                     page("/e", std::nullopt)};
  manifest.prerendered = {
      {.route = 0, .parameters = "", .fields = "x-millrace-revalidate: false\r\n", .body = "0"},
      {.route = 2, .parameters = "", .fields = "x-millrace-revalidate: 600\r\n", .body = "1"},
      {.route = 2, .parameters = "x", .fields = "x-millrace-revalidate: 60\r\n", .body = "2"}};
  const auto facts = facts_of(manifest);
  ASSERT_EQ(facts.size(), 5U);
  EXPECT_EQ(facts[0].served(), "static");
  EXPECT_EQ(facts[1].served(), "prerendered");
  EXPECT_EQ(facts[2].served(), "ISR 60 s");
  EXPECT_EQ(facts[3].served(), "PPR");
  EXPECT_EQ(facts[4].served(), "dynamic");
}

TEST(RouteFacts, NameTheEdgeRuntimeImagesAndActions) {
  project::Manifest manifest;
  manifest.routes = {page("/edge", std::nullopt), page("/act", CachedRoute{}),
                     page("/_next/image", std::nullopt)};
  manifest.routes[0].module = "edge/0.json";
  manifest.routes[1].has_actions = true;
  manifest.routes[2].kind = RouterKind::image;
  const auto facts = facts_of(manifest);
  EXPECT_EQ(facts[0].served(), "edge");
  EXPECT_EQ(facts[1].served(), "static, actions");
  EXPECT_EQ(facts[2].served(), "image");
}

TEST(RouteFacts, NameTheEngineAndThePool) {
  project::Manifest manifest;
  manifest.routes = {page("/a", std::nullopt),
                     {.path = "/api/x", .file = "pages/api/x.ts", .parameters = {}},
                     {.path = "/api/y", .file = "pages/api/y.cpp", .parameters = {}},
                     page("/_next/image", std::nullopt)};
  manifest.routes[3].kind = RouterKind::image;
  const auto facts = facts_of(manifest, "[pools.slow]\nroutes = [\"/a\"]\n");
  EXPECT_EQ(facts[0].engine, "next");
  EXPECT_EQ(facts[0].pool, "slow");
  EXPECT_EQ(facts[1].engine, "light");
  EXPECT_EQ(facts[1].pool, "default");
  EXPECT_EQ(facts[2].engine, "C++");
  EXPECT_EQ(facts[3].pool, "images");
}

}  // namespace
}  // namespace millrace::serving
