// The routes of a project as discovery finds them now. What only a build knows (the methods of app
// routes, next.config's pageExtensions) comes from the current build where there is one.
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
  /// Whether there is a build, and methods are known.
  bool built = false;
};

/// `root`: absolute path of the project. Errors: a build that is damaged, routes that conflict.
[[nodiscard]] base::Result<RouteList> list_routes(const std::filesystem::path& root);

}  // namespace millrace::serving
