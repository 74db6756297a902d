// Plans a fleet from the project's manifest and millrace.toml: which pools there are, how their
// workers start, and which pool runs which route.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "project/manifest.hpp"
#include "project/settings.hpp"
#include "workers/fleet.hpp"

namespace millrace::serving {

/// How workers start without any settings; the working directory is the project.
struct Launches {
  workers::Launch node;
  workers::Launch native;
};

/// The indices of the pools that the fleet has for one pool of the settings, by kind of route.
struct PoolPlaces {
  std::size_t node = 0;
  std::size_t native = 0;
};

struct FleetPlan {
  std::vector<workers::PoolPlan> pools;
  /// Describes the manifest's routes for the workers, followed by the middleware.
  std::vector<workers::RouteInfo> routes;
  /// Notes for the user, one line each.
  std::vector<std::string> notes;
};

/// Plans the pools of `settings`, in its order, and assigns the routes to them. A pool becomes a
/// pool of Node.js workers, a pool of native workers ("NAME, C++"), or both, as its routes need. The
/// image optimiser gets a pool of its own where no pool of the settings claims its route.
/// `share` is the runtime's folder. Errors if the settings cannot be met: a connection budget
/// smaller than the number of workers, or a sandbox that the kernel does not support.
[[nodiscard]] base::Result<FleetPlan> plan_fleet(const project::Settings& settings,
                                                 const project::Manifest& manifest,
                                                 const Launches& launches,
                                                 const std::filesystem::path& share);

/// Describes the manifest's routes for the workers, followed by the middleware. `places` is indexed
/// as the pools of the settings.
[[nodiscard]] std::vector<workers::RouteInfo> describe_routes(
    const project::Settings& settings, const project::Manifest& manifest,
    const std::vector<PoolPlaces>& places);

/// Returns the name of the pool of each route of the manifest, in its order: that of the settings,
/// or "images" for the image optimiser's own.
[[nodiscard]] std::vector<std::string> pools_of_routes(const project::Settings& settings,
                                                       const project::Manifest& manifest);

}  // namespace millrace::serving
