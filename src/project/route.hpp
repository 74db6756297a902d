// A route is a path pattern and the file with its handlers. Discovery finds routes in a project's
// folders, the manifest passes them to the server and the workers, and the matcher finds the route
// of a request.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::project {

enum class RouterKind : std::uint8_t {
  /// pages/api/**: a default export called with (req, res).
  pages,
  /// app/**/route.*: one export for each method.
  app,
  /// A page of the Pages Router, which the project's `next build` compiled.
  page,
  /// A page of the App Router, which the project's `next build` compiled.
  app_page,
  /// /_next/image: the image optimiser of the project's Next.js.
  image,
};

enum class ParameterKind : std::uint8_t {
  /// [name]: one segment.
  single,
  /// [...name]: one or more segments.
  catch_all,
  /// [[...name]]: any number of segments, including none.
  optional_catch_all,
};

struct Parameter {
  std::string name;
  ParameterKind kind = ParameterKind::single;

  bool operator==(const Parameter&) const = default;
};

/// The options of a route whose GET responses are cached.
struct CachedRoute {
  /// Whether paths that were not prerendered at build are rendered on request.
  bool dynamic_params = true;
  /// Whether a page shows a fallback for paths that are not there yet, and leaves it to its client to
  /// ask for their data.
  bool fallback = false;
  /// Whether the build has prerendered only the shell of a page: its rest, and navigations to it, are
  /// rendered for each request.
  bool partial = false;
};

/// The kind of a metadata file of app.
enum class MetadataKind : std::uint8_t {
  robots,
  sitemap,
  manifest,
  favicon,
  icon,
  apple_icon,
  opengraph_image,
  twitter_image,
};

struct Metadata {
  MetadataKind kind = MetadataKind::robots;
  /// Whether it is a module that generates the content; else the file is static.
  bool is_module = false;
  /// Whether it defines several routes: the last segment of the path is their id.
  bool lists = false;
};

struct Route {
  /// The path as Next.js writes it: "/api/users/[id]", "/" for app/route.ts.
  std::string path;
  RouterKind kind = RouterKind::pages;
  /// Relative to the project, with forward slashes.
  std::string file;
  /// In the order of the path.
  std::vector<Parameter> parameters;
  /// The bundle, relative to the manifest's folder; empty before a build.
  std::string module = {};
  /// The methods that an app route exports; none for pages routes and before a build.
  std::optional<std::vector<std::string>> methods = std::nullopt;
  /// `maxDuration` of the source; none where it is not set, and before a build.
  std::optional<std::chrono::milliseconds> max_duration = std::nullopt;
  /// Whether the project's own `next build` compiled it; false where Millrace's did.
  bool of_next = false;
  /// Whether it is not compiled yet, because no request has asked for it (development only).
  bool lazy = false;
  /// Whether it is a page with server actions.
  bool has_actions = false;
  /// None for routes that are called for each request.
  std::optional<CachedRoute> cached = std::nullopt;
  /// The metadata of a metadata file that discovery found; manifests do not contain it.
  std::optional<Metadata> metadata = std::nullopt;

  [[nodiscard]] bool is_native() const;
  /// Whether it is a page of either router.
  [[nodiscard]] bool is_page() const {
    return kind == RouterKind::page || kind == RouterKind::app_page;
  }
  /// Whether it is a route of pages/api or app; else it belongs to the project's pages.
  [[nodiscard]] bool is_api() const { return kind == RouterKind::pages || kind == RouterKind::app; }
};

/// The methods that a route of app can handle, in the order of manifests (routeMethods in
/// TypeScript; a test compares the two).
inline constexpr std::array<std::string_view, 7> kRouteMethods = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};

/// The extension of routes in C++, in addition to `pageExtensions`.
inline constexpr std::string_view kNativeExtension = "cpp";

/// Whether a route's or middleware file is in C++: it is built to a shared object and runs in
/// native workers.
[[nodiscard]] inline bool is_native_file(std::string_view file) { return file.ends_with(".cpp"); }

/// "pages", "app", "page", "app-page" or "image", as in manifests.
[[nodiscard]] std::string_view to_string(RouterKind kind);

/// "single", "catch-all" or "optional-catch-all", as in manifests.
[[nodiscard]] std::string_view to_string(ParameterKind kind);

/// The name of its files without extension and number: "opengraph-image".
[[nodiscard]] std::string_view to_string(MetadataKind kind);

/// The non-empty segments of a path.
[[nodiscard]] std::vector<std::string_view> segments_of(std::string_view path);

/// The parameter of a segment of a route's path: "[id]" → {"id", single}; none for a literal
/// segment.
[[nodiscard]] std::optional<Parameter> parameter_of(std::string_view segment);

/// The parameters of a route's path, in its order.
[[nodiscard]] std::vector<Parameter> parameters_of(std::string_view path);

inline bool Route::is_native() const { return is_native_file(file); }

}  // namespace millrace::project
