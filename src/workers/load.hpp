// A generation of routes that workers are told to load: the link's `load`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "metrics/route_labels.hpp"

namespace millrace::workers {

/// What workers need to know about a route.
struct RouteInfo {
  /// Names the route in the log: "/api/users/[id]".
  std::string path;
  /// 0 for no limit.
  std::chrono::milliseconds max_duration{0};
  /// The index of the fleet's pool that runs it.
  std::size_t pool = 0;
  /// Its label in metrics.
  metrics::RouteLabels::Number label = metrics::RouteLabels::kOther;
};

struct Load {
  std::uint32_t generation = 0;
  /// Absolute path of the manifest.
  std::string manifest;
  /// Absolute path of the project.
  std::string root;
  /// "development" or "production".
  std::string mode;
  /// A JSON object with changes to the environment; empty for none.
  std::string environment_json;
  /// Import every route before reporting ready, instead of on its first request.
  bool eager = false;
  /// Log lines name the request that they belong to.
  bool follows_requests = false;
  /// The routes by number; can be fewer than in the manifest.
  std::shared_ptr<const std::vector<RouteInfo>> routes = std::make_shared<std::vector<RouteInfo>>();
  /// The pool whose workers load it; see RouteInfo::pool.
  std::size_t pool = 0;

  /// Returns the route's name for the log: its path, or its number if the path is unknown.
  [[nodiscard]] std::string path_of(std::uint32_t route) const {
    return route < routes->size() ? (*routes)[route].path : "route " + std::to_string(route);
  }
};

/// Returns the JSON payload of the `load` frame; it can be too long for a frame.
[[nodiscard]] std::string load_payload(const Load& load);

}  // namespace millrace::workers
