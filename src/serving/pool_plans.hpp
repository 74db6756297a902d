// From what a project says of itself, its manifest and millrace.toml, to what its workers are told:
// which pools there are, how each of their workers starts, and which pool runs which route.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "project/manifest.hpp"
#include "project/settings.hpp"
#include "workers/fleet.hpp"

namespace millrace::serving {

/// How workers start that no settings say anything of; the working directory is the project.
struct Launches {
  workers::Launch node;
  workers::Launch native;
};

/// Where a pool of the settings stands among the pools of a fleet, by kind of route.
struct PoolPlaces {
  std::size_t node = 0;
  std::size_t native = 0;
};

struct FleetPlan {
  std::vector<workers::PoolPlan> pools;
  /// What workers need to know of the manifest's routes, and of the middleware after the last.
  std::vector<workers::RouteInfo> routes;
  /// What the user should know, a line each.
  std::vector<std::string> notes;
};

/// The pools of `settings`, in its order: each as one of Node.js workers, one of native workers
/// ("NAME, C++"), or both, as its routes need; and which of them runs which route. `share`: the
/// runtime's folder. Errors where the settings cannot be met: a budget that is less than the workers,
/// a sandbox that the kernel cannot make.
[[nodiscard]] base::Result<FleetPlan> plan_fleet(const project::Settings& settings,
                                                 const project::Manifest& manifest,
                                                 const Launches& launches,
                                                 const std::filesystem::path& share);

/// What workers need to know of the manifest's routes, and of the middleware after the last.
/// `places`: by place in the settings.
[[nodiscard]] std::vector<workers::RouteInfo> describe_routes(
    const project::Settings& settings, const project::Manifest& manifest,
    const std::vector<PoolPlaces>& places);

}  // namespace millrace::serving
