// A deployment is a build and who is to run it: what a Service puts into service.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "gateway/limits.hpp"
#include "project/manifest.hpp"
#include "workers/fleet.hpp"

namespace millrace::serving {

struct Deployment {
  project::Manifest manifest;
  /// Where `manifest` was read from; workers read it again.
  std::filesystem::path manifest_file;
  /// By the manifest's routes; the middleware after the last.
  std::vector<workers::RouteInfo> routes;
  /// Pools for a fleet; Service::deploy() reads them once, for the first.
  std::vector<workers::PoolPlan> pools;
  /// In force with the build; those in force stay where there are none.
  std::optional<gateway::ServerLimits> limits;
  /// A path that must answer below 500 before Service::replace() promotes; empty for none.
  std::string probe;
  /// What the user should know of it, a line each, for whoever deploys it.
  std::vector<std::string> notes;
  /// A JSON object of names to set in running workers (null removes), empty for none.
  std::string environment_changes;
};

}  // namespace millrace::serving
