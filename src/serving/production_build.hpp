// Runs `millrace build`: writes bundles, manifest and static responses into a folder of their own,
// which becomes the project's current build on success.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dev/project_builder.hpp"
#include "project/settings.hpp"
#include "serving/route_facts.hpp"
#include "serving/runtime.hpp"

namespace millrace::serving {

/// What happens to a successful build.
enum class BuildPlace : std::uint8_t {
  /// It becomes the current build, and old builds are removed.
  current,
  /// It is kept beside the current build: `--aside`.
  aside,
};

struct ProductionBuildOptions {
  Runtime runtime;
  /// The engine of all routes; absent: as millrace.toml says.
  std::optional<project::Engine> engine;
  BuildPlace place = BuildPlace::current;
  /// Absolute path of a folder to make from which the build can be served without the project; empty
  /// for none.
  std::filesystem::path standalone;
  /// Called with a short description of the current stage; may be empty.
  std::function<void(std::string_view)> on_stage;
};

struct ProductionBuild {
  /// Includes the warnings about the settings and the note about pages.
  dev::BuiltProject project;
  std::filesystem::path folder;
  /// How each route is served, in the manifest's order.
  std::vector<RouteFacts> facts;
  /// Size in bytes of the bundles that several routes share.
  std::uint64_t shared_size = 0;
};

/// Builds the project; blocks until it is done. On failure the previous build, if any, is
/// unchanged.
[[nodiscard]] base::Result<ProductionBuild> build_for_production(
    const ProductionBuildOptions& options);

}  // namespace millrace::serving
