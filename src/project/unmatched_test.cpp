#include "project/unmatched.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::project {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Route> routes_of(std::initializer_list<const char*> paths) {
  std::vector<Route> routes;
  for (const char* path : paths) routes.emplace_back().path = path;
  return routes;
}

std::vector<std::string> warnings_for(std::string_view toml, const std::vector<Route>& routes) {
  const auto settings = parse_settings(toml, "millrace.toml", {});
  EXPECT_TRUE(settings) << settings.error().message();
  return settings ? unmatched_settings(*settings, routes) : std::vector<std::string>();
}

TEST(Unmatched, NamesGlobsWithoutARoute) {
  const auto routes = routes_of({"/api/a", "/api/reports/[id]"});
  EXPECT_THAT(warnings_for("[pools.r]\nroutes = [\"/api/reports/**\", \"/api/report/*\"]\n"
                           "[[build.routes]]\nmatch = \"/b\"\nengine = \"light\"",
                           routes),
              ElementsAre("millrace.toml: [pools.r] routes: \"/api/report/*\" matches no route.",
                          "millrace.toml: [[build.routes]] match: \"/b\" matches no route."));
  EXPECT_THAT(warnings_for("[pools.r]\nroutes = [\"/api/reports/[id]\"]", routes), IsEmpty());
  EXPECT_THAT(warnings_for("", routes), IsEmpty());
}

TEST(Unmatched, NamesPoolsWithoutRemainingRoutes) {
  EXPECT_THAT(
      warnings_for("[pools.a]\nroutes = [\"/api/**\"]\n[pools.b]\nroutes = [\"/api/x\"]",
                   routes_of({"/api/x"})),
      ElementsAre("millrace.toml: [pools.b] has no routes: earlier pools match all of them."));
}

}  // namespace
}  // namespace millrace::project
