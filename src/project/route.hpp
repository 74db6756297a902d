// A route is one place in the URL space and the file that answers there. Discovery finds routes in
// a project's folders, the manifest carries them to the server and the workers, the matcher leads
// requests to them.
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
  /// A page of the App Router, likewise.
  app_page,
};

enum class ParameterKind : std::uint8_t {
  /// [name]: one segment.
  single,
  /// [...name]: one segment or more.
  catch_all,
  /// [[...name]]: any number of segments, none included.
  optional_catch_all,
};

struct Parameter {
  std::string name;
  ParameterKind kind = ParameterKind::single;

  bool operator==(const Parameter&) const = default;
};

/// What a build knows of a route whose GETs are answered from the cache.
struct CachedRoute {
  /// Whether paths that were not made at build are made when they are asked for.
  bool dynamic_params = true;
};

/// What a file of app is whose name alone makes it a route.
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
  /// Whether it is a module that makes what is sent; else the file is sent as it is.
  bool is_module = false;
  /// Whether it makes many: the last segment of the path takes their names.
  bool lists = false;
};

struct Route {
  /// As Next.js writes it: "/api/users/[id]", "/" for app/route.ts.
  std::string path;
  RouterKind kind = RouterKind::pages;
  /// Relative to the project, with forward slashes.
  std::string file;
  /// In the path's order.
  std::vector<Parameter> parameters;
  /// The bundle, relative to the manifest's folder; empty before a build.
  std::string module = {};
  /// The methods an app route exports; none for pages routes and before a build.
  std::optional<std::vector<std::string>> methods = std::nullopt;
  /// `maxDuration` of the source; none where it says none, and before a build.
  std::optional<std::chrono::milliseconds> max_duration = std::nullopt;
  /// Whether the project's own `next build` compiled it; false where Millrace's did.
  bool of_next = false;
  /// None for routes that are called for each request.
  std::optional<CachedRoute> cached = std::nullopt;
  /// Of a metadata file, as discovery finds it; manifests do not have it.
  std::optional<Metadata> metadata = std::nullopt;

  [[nodiscard]] bool is_native() const;
  /// Whether it is a page, of either router.
  [[nodiscard]] bool is_page() const {
    return kind == RouterKind::page || kind == RouterKind::app_page;
  }
};

/// The methods that a route of app may answer, in the order in which manifests list them (routeMethods
/// in TypeScript; a test compares the two).
inline constexpr std::array<std::string_view, 7> kRouteMethods = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};

/// The extension of routes in C++, which stand beside those of `pageExtensions`.
inline constexpr std::string_view kNativeExtension = "cpp";

/// Whether a file of a route, or a proxy file, is in C++: its build is a shared object, and its workers
/// are native programs.
[[nodiscard]] inline bool is_native_file(std::string_view file) { return file.ends_with(".cpp"); }

/// "pages", "app", "page" or "app-page", as manifests write it.
[[nodiscard]] std::string_view to_string(RouterKind kind);

/// "single", "catch-all" or "optional-catch-all", as manifests write it.
[[nodiscard]] std::string_view to_string(ParameterKind kind);

/// The name of its files without extension and number, "opengraph-image".
[[nodiscard]] std::string_view to_string(MetadataKind kind);

/// The segments of a path without the slashes between; empty ones are left out.
[[nodiscard]] std::vector<std::string_view> segments_of(std::string_view path);

/// What a segment of a route's path takes: "[id]" → {"id", single}; none for a literal segment.
[[nodiscard]] std::optional<Parameter> parameter_of(std::string_view segment);

/// The parameters of a route's path, in its order.
[[nodiscard]] std::vector<Parameter> parameters_of(std::string_view path);

inline bool Route::is_native() const { return is_native_file(file); }

}  // namespace millrace::project
