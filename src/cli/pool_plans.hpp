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

namespace millrace::cli {

/// The pools of `settings`, in its order. `launch` starts a worker without settings; its program is
/// the Node.js, its working directory the project. `share`: the runtime's folder.
/// Errors where the settings cannot be met: a budget that is less than the workers, a sandbox that
/// the kernel cannot make.
[[nodiscard]] base::Result<std::vector<workers::PoolPlan>> plan_pools(
    const project::Settings& settings, const workers::Launch& launch,
    const std::filesystem::path& share);

/// What workers need to know of the manifest's routes, and of the middleware after the last.
[[nodiscard]] std::vector<workers::RouteInfo> describe_routes(const project::Settings& settings,
                                                              const project::Manifest& manifest);

}  // namespace millrace::cli
