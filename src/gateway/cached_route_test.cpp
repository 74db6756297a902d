#include "gateway/cached_route.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "project/route.hpp"

namespace millrace::gateway {
namespace {

std::string vary_for(project::RouterKind kind, std::string_view asked) {
  project::Route route;
  route.kind = kind;
  std::string fields;
  add_vary(route, asked, fields);
  return fields;
}

TEST(CachedRoute, PagesOfThePagesRouterVaryForTheClientOfTheAppRouter) {
  using project::RouterKind;
  constexpr std::string_view kVary =
      "Vary: rsc, next-router-state-tree, next-router-prefetch, next-router-segment-prefetch\r\n";
  EXPECT_EQ(vary_for(RouterKind::page, "RSC: 1\r\n"), kVary);
  EXPECT_EQ(vary_for(RouterKind::page, "RSC: 0\r\n"), "");
  EXPECT_EQ(vary_for(RouterKind::page, "Accept: */*\r\n"), "");
  // Those of the App Router have it from their entries.
  EXPECT_EQ(vary_for(RouterKind::app_page, "RSC: 1\r\n"), "");
}

}  // namespace
}  // namespace millrace::gateway
