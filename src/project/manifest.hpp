// The manifest is the result of a build for the server: the project's configuration and its routes
// with their bundles (docs/manifest.md describes the format). The builder writes it; here it is
// read into types. The file is not trusted: every error names the file, the place in it and what
// was expected there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "project/environment.hpp"
#include "project/images.hpp"
#include "project/memory_state.hpp"
#include "project/prerendered.hpp"
#include "project/project_config.hpp"
#include "project/route.hpp"
#include "project/rules.hpp"

namespace millrace::project {

/// The version of the manifest format that this server reads (manifestVersion in TypeScript).
inline constexpr int kManifestVersion = 3;
/// Maximum size of a manifest in bytes.
inline constexpr std::uintmax_t kManifestBytes = std::uintmax_t{64} << 20U;

/// The project's instrumentation.* file, which only workers run.
struct Instrumentation {
  /// Relative to the project.
  std::string file;
  /// The bundle, relative to the manifest's folder.
  std::string module;
  /// Whether the project's own `next build` compiled it.
  bool of_next = false;
};

/// Pages that the project's `next build` compiled. Each page is a route of the manifest.
struct Pages {
  /// Next.js's build id, which is in the paths of data and static files.
  std::string build_id;
  /// The number of the route that renders the 404 page.
  std::uint32_t not_found = 0;
  /// None where a build cannot optimise images; a route of the kind `image` optimises them.
  std::optional<ImageSettings> images;
};

struct Manifest {
  std::string build_id;
  /// Development or production.
  Mode mode = Mode::production;
  /// The program that wrote it: "millrace 0.1.0".
  std::string generator;
  ProjectConfig config;
  /// A route's index here is its number on the link.
  std::vector<Route> routes;
  std::vector<Prerendered> prerendered;
  /// The time of the build in milliseconds since the epoch.
  std::int64_t built_at = 0;
  /// headers(), redirects() and rewrites() of next.config.
  Rules rules;
  /// The middleware (proxy.* or middleware.*).
  std::optional<Middleware> middleware;
  std::optional<Instrumentation> instrumentation;
  /// None where the project has no pages, or they are not served.
  std::optional<Pages> pages;
  /// In development, the origin of the `next dev` that runs the routes of the engine `next`,
  /// "http://HOST:PORT"; else empty.
  std::string next_dev;
  /// Whether that `next dev` also responds to requests that match nothing in the manifest.
  bool next_dev_pages = false;
  std::vector<MemoryState> memory_state;

  /// The middleware's number on the link: the one after the last route's. A manifest with another
  /// "number" is rejected.
  [[nodiscard]] std::uint32_t middleware_number() const {
    return static_cast<std::uint32_t>(routes.size());
  }
};

/// Reads a manifest's text; `file_name` is for messages. Error: invalid.
[[nodiscard]] base::Result<Manifest> parse_manifest(std::string_view text,
                                                    std::string_view file_name);

/// Reads a manifest file of at most kManifestBytes. Errors: not_found, system, invalid.
[[nodiscard]] base::Result<Manifest> read_manifest(const std::filesystem::path& file);

}  // namespace millrace::project
