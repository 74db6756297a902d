#include "serving/route_list.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "project/builds.hpp"
#include "project/discovery.hpp"
#include "project/manifest.hpp"
#include "project/settings.hpp"

namespace millrace::serving {

namespace {

namespace fs = std::filesystem;
using project::Route;

/// A build's routes with their facts.
class BuiltRoutes {
 public:
  BuiltRoutes(const project::Settings& settings, const project::Manifest& manifest)
      : manifest_(manifest), facts_(facts_of_routes(settings, manifest)) {}

  /// Returns a route that was discovered with what the build knows of it.
  [[nodiscard]] ListedRoute with_facts(Route route) const {
    const auto number = built_route(manifest_, route);
    if (!number) return {.route = std::move(route), .facts = {}};
    route.methods = manifest_.routes[*number].methods;
    return {.route = std::move(route), .facts = facts_[*number]};
  }

  /// Adds the pages of the build, which has more than discovery finds.
  void add_pages(std::vector<ListedRoute>& list) const {
    for (std::size_t number = 0; number < manifest_.routes.size(); ++number) {
      const Route& route = manifest_.routes[number];
      if (!route.is_api()) list.push_back({.route = route, .facts = facts_[number]});
    }
  }

 private:
  const project::Manifest& manifest_;
  std::vector<RouteFacts> facts_;
};

base::Result<void> add_discovered_pages(const fs::path& root,
                                        const std::vector<std::string>& extensions,
                                        RouteList& list) {
  auto pages = project::discover_page_routes(root, extensions);
  if (!pages) return pages.error();
  for (Route& page : *pages) {
    if (list.built) {
      list.unserved_pages.push_back(page.file);
    } else {
      list.routes.push_back({.route = std::move(page), .facts = {}});
    }
  }
  return {};
}

}  // namespace

base::Result<RouteList> list_routes(const fs::path& root) {
  const auto build = project::current_build(root);
  const auto manifest = build ? project::read_manifest(*build / "manifest.json")
                              : base::Result<project::Manifest>(build.error());
  // A missing build only means less information; a damaged build is an error.
  if (!manifest && manifest.error().code() != base::ErrorCode::not_found) return manifest.error();
  const auto settings = project::read_settings(root, {});
  if (!settings) return settings.error();
  const project::ProjectConfig config = manifest ? manifest->config : project::ProjectConfig{};
  auto found = project::discover_routes(root, config.page_extensions);
  if (!found) return found.error();
  RouteList list{.routes = {}, .unserved_pages = {}, .built = manifest.has_value()};
  if (!manifest) {
    for (Route& route : *found) list.routes.push_back({.route = std::move(route), .facts = {}});
  } else {
    const BuiltRoutes built(*settings, *manifest);
    for (Route& route : *found) list.routes.push_back(built.with_facts(std::move(route)));
    if (manifest->pages) {
      built.add_pages(list.routes);
      return list;
    }
  }
  if (!settings->build.pages) return list;
  if (auto added = add_discovered_pages(root, config.page_extensions, list); !added) {
    return added.error();
  }
  return list;
}

}  // namespace millrace::serving
