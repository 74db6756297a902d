// Lists a project's routes as discovery finds them now. Facts that only a build has (the methods of
// app routes, pageExtensions of next.config) come from the current build, if there is one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "project/route.hpp"

namespace millrace::serving {

struct RouteList {
  std::vector<project::Route> routes;
  /// Files of pages, which are not served.
  std::vector<std::string> pages;
  /// Whether there is a build, so that methods are known.
  bool built = false;
};

/// `root` is the absolute path of the project. Errors: a damaged build, conflicting routes.
[[nodiscard]] base::Result<RouteList> list_routes(const std::filesystem::path& root);

}  // namespace millrace::serving
