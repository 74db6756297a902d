// A site for one test, put together in memory: routes by their paths, rules, configuration.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/site.hpp"
#include "project/manifest.hpp"
#include "project/rules.hpp"
#include "workers/dispatcher.hpp"

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
  /// Responses that came with the build, whose folder is `root` too.
  std::vector<project::Prerendered> prerendered;
  /// When it was built: milliseconds since the epoch.
  std::int64_t built_at = 0;
  std::shared_ptr<workers::Dispatcher> dispatcher;
  std::uint32_t generation = 7;
};

/// Routes of pages/api, or, with `kind`, of app/.
[[nodiscard]] project::Route route_at(std::string_view path,
                                      project::RouterKind kind = project::RouterKind::pages);

/// The same, with GETs that the cache responds to.
[[nodiscard]] project::Route cached_route_at(std::string_view path);

/// It has a rule set, even where the plan names no rules.
[[nodiscard]] std::shared_ptr<const Site> site_of(const SitePlan& plan);

}  // namespace millrace::gateway
