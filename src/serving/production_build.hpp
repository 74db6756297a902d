// The build of `millrace build`: bundles, manifest and static responses in a folder of their own, which
// becomes the project's current build when all went well.
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
#include "serving/runtime.hpp"

namespace millrace::serving {

/// What becomes of a build that succeeded.
enum class BuildPlace : std::uint8_t {
  /// It is the current build, and old ones are removed.
  current,
  /// It lies beside the current one: `--aside`.
  aside,
};

struct ProductionBuildOptions {
  Runtime runtime;
  /// Of all routes; absent: what millrace.toml says.
  std::optional<project::Engine> engine;
  BuildPlace place = BuildPlace::current;
  /// Told what is being done now, a few words; may be empty.
  std::function<void(std::string_view)> on_stage;
};

struct ProductionBuild {
  /// With the warnings about the settings, and with what is to be said of pages.
  dev::BuiltProject project;
  std::filesystem::path folder;
  /// Bytes of the bundles that are no route's own.
  std::uint64_t shared_size = 0;
};

/// Builds; blocks until that is done. Where it fails the build before, if any, is as it was.
[[nodiscard]] base::Result<ProductionBuild> build_for_production(
    const ProductionBuildOptions& options);

}  // namespace millrace::serving
