// A generation of routes as workers are asked to load it: the link's `load`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace millrace::workers {

/// A route, as workers need to know it.
struct RouteInfo {
  /// The log names the route by it: "/api/users/[id]".
  std::string path;
  /// 0 for as long as it takes.
  std::chrono::milliseconds max_duration{0};
  /// The place in the fleet of the pool that runs it.
  std::size_t pool = 0;
};

struct Load {
  std::uint32_t generation = 0;
  /// Absolute path of the manifest.
  std::string manifest;
  /// Absolute path of the project.
  std::string root;
  /// "development" or "production".
  std::string mode;
  /// A JSON object of environment changes, empty for none.
  std::string environment_json;
  /// Import every route before saying ready, instead of each when it is first asked for.
  bool eager = false;
  /// The routes by number; there may be fewer than in the manifest.
  std::shared_ptr<const std::vector<RouteInfo>> routes = std::make_shared<std::vector<RouteInfo>>();
  /// The pool whose workers load it; see RouteInfo::pool.
  std::size_t pool = 0;

  /// Returns how the log names the route: by its path, or by its number where that is not known.
  [[nodiscard]] std::string path_of(std::uint32_t route) const {
    return route < routes->size() ? (*routes)[route].path : "route " + std::to_string(route);
  }
};

/// Returns the JSON of the `load` frame, which may be too long for a frame.
[[nodiscard]] std::string load_payload(const Load& load);

}  // namespace millrace::workers
