// Makes a site for one test in memory, from routes by their paths, rules and configuration.
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

/// The contents of a test's site. Members that are not set are as in a project without
/// configuration.
struct SitePlan {
  project::ProjectConfig config;
  std::vector<project::Route> routes;
  project::Rules rules;
  /// The middleware's matchers; nothing where there is no middleware.
  std::optional<std::vector<project::Rule>> middleware;
  /// The project's folder, which may have a public/.
  std::filesystem::path root = "/nowhere";
  /// Responses that the build made; their folder is `root` too.
  std::vector<project::Prerendered> prerendered;
  /// What `next build` made besides; none where the project has no pages.
  std::optional<project::Pages> pages;
  /// The time of the build in milliseconds since the epoch.
  std::int64_t built_at = 0;
  /// What is checked of requests for images; nothing where there are no pages.
  std::optional<project::ImageSettings> images;
  std::shared_ptr<workers::Dispatcher> dispatcher;
  std::uint32_t generation = 7;
};

/// Returns a route of pages/api or, with `kind`, of app/.
[[nodiscard]] project::Route route_at(std::string_view path,
                                      project::RouterKind kind = project::RouterKind::pages);

/// Returns a route with static GETs.
[[nodiscard]] project::Route cached_route_at(std::string_view path);

/// Makes a site, which has a rule set even if the plan has no rules.
[[nodiscard]] std::shared_ptr<const Site> site_of(const SitePlan& plan);

}  // namespace millrace::gateway
