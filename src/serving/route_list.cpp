#include "serving/route_list.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "project/builds.hpp"
#include "project/discovery.hpp"
#include "project/manifest.hpp"

namespace millrace::serving {

namespace {

using project::Route;

/// Adds the methods that the build found, for routes whose file is unchanged.
void add_methods(std::vector<Route>& routes, const project::Manifest& built) {
  for (Route& route : routes) {
    const auto known =
        std::find_if(built.routes.begin(), built.routes.end(), [&route](const Route& candidate) {
          return candidate.path == route.path && candidate.file == route.file;
        });
    if (known != built.routes.end()) route.methods = known->methods;
  }
}

}  // namespace

base::Result<RouteList> list_routes(const std::filesystem::path& root) {
  const auto build = project::current_build(root);
  const auto manifest = build ? project::read_manifest(*build / "manifest.json")
                              : base::Result<project::Manifest>(build.error());
  // A missing build only means less information; a damaged build is an error.
  if (!manifest && manifest.error().code() != base::ErrorCode::not_found) return manifest.error();
  const project::ProjectConfig config = manifest ? manifest->config : project::ProjectConfig{};
  auto routes = project::discover_routes(root, config.page_extensions);
  if (!routes) return routes.error();
  if (manifest) add_methods(*routes, *manifest);
  if (manifest && manifest->pages) {
    std::copy_if(manifest->routes.begin(), manifest->routes.end(), std::back_inserter(*routes),
                 [](const Route& route) { return route.is_page(); });
    return RouteList{.routes = std::move(routes).value(), .pages = {}, .built = true};
  }
  RouteList list{.routes = std::move(routes).value(), .pages = {}, .built = manifest.has_value()};
  if (auto pages = project::discover_pages(root, config.page_extensions)) {
    list.pages = std::move(pages).value();
  }
  return list;
}

}  // namespace millrace::serving
