#include "project/unmatched.hpp"

#include <algorithm>
#include <utility>

#include "project/glob.hpp"

namespace millrace::project {

namespace {

bool matches_any(std::string_view glob, std::span<const Route> routes) {
  return std::any_of(routes.begin(), routes.end(),
                     [&](const Route& route) { return glob_matches(glob, route.path); });
}

}  // namespace

std::vector<std::string> unmatched_settings(const Settings& settings,
                                            std::span<const Route> routes) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < settings.pools.size(); ++i) {
    const PoolSettings& pool = settings.pools[i];
    const std::string where = "millrace.toml: [pools." + pool.name + "] ";
    bool matches = false;
    for (const std::string& glob : pool.routes) {
      if (matches_any(glob, routes)) {
        matches = true;
      } else {
        std::string text = where;
        text.append("routes: \"").append(glob).append("\" matches no route.");
        found.push_back(std::move(text));
      }
    }
    const bool has_one = std::any_of(routes.begin(), routes.end(), [&](const Route& route) {
      return pool_of(settings, route.path) == i;
    });
    if (matches && !has_one) {
      found.push_back(where + "has no routes: earlier pools match all of them.");
    }
  }
  for (const BuildSettings::Rule& rule : settings.build.routes) {
    if (matches_any(rule.match, routes)) continue;
    found.push_back("millrace.toml: [[build.routes]] match: \"" + rule.match +
                    "\" matches no route.");
  }
  return found;
}

}  // namespace millrace::project
