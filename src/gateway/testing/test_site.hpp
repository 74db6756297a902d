// A site for one test, put together in memory: routes by their paths, rules, configuration.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/site.hpp"
#include "project/manifest.hpp"
#include "project/rules.hpp"

namespace millrace::gateway {

/// What a test's site is made of. What is not said is as in a project that says nothing.
struct SitePlan {
  project::ProjectConfig config;
  std::vector<project::Route> routes;
  project::Rules rules;
  /// The middleware's matchers; nothing where there is no middleware.
  std::optional<std::vector<project::Rule>> middleware;
  /// The project's folder; public/ is looked for in it.
  std::filesystem::path root = "/nowhere";
};

/// Routes of pages/api, or, with `kind`, of app/.
[[nodiscard]] project::Route route_at(std::string_view path,
                                      project::RouterKind kind = project::RouterKind::pages);

/// Of generation 7. It has rules, even where the plan names none.
[[nodiscard]] std::shared_ptr<const Site> site_of(const SitePlan& plan);

}  // namespace millrace::gateway
