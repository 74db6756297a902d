// Lists a project's routes and pages as discovery finds them now. Facts that only a build has (the
// methods of app routes, pageExtensions of next.config, how pages are served) come from the current
// build, if there is one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "project/route.hpp"
#include "serving/route_facts.hpp"

namespace millrace::serving {

struct ListedRoute {
  project::Route route;
  /// None where the current build does not have the route.
  std::optional<RouteFacts> facts;
};

struct RouteList {
  /// The routes, then the pages.
  std::vector<ListedRoute> routes;
  /// Files of pages that the current build does not serve.
  std::vector<std::string> unserved_pages;
  /// Whether there is a build, so that methods and facts are known.
  bool built = false;
};

/// `root` is the absolute path of the project. Errors: a damaged build, conflicting routes, invalid
/// settings.
[[nodiscard]] base::Result<RouteList> list_routes(const std::filesystem::path& root);

}  // namespace millrace::serving
