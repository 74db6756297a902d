// Site is what the gateway serves at one moment: the routes of one generation, the project's
// configuration, its public folder. It is immutable; a reload makes a new one, and requests in
// flight keep the site they began with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/build_files.hpp"
#include "gateway/compressed_files.hpp"
#include "gateway/compression_options.hpp"
#include "gateway/draft_mode.hpp"
#include "gateway/file_response.hpp"
#include "gateway/found_file.hpp"
#include "gateway/prerendered_responses.hpp"
#include "gateway/public_files.hpp"
#include "gateway/rule_set.hpp"
#include "gateway/upstream_target.hpp"
#include "metrics/route_labels.hpp"
#include "project/manifest.hpp"
#include "routing/image_check.hpp"
#include "routing/matcher.hpp"
#include "routing/path.hpp"

namespace millrace::workers {
class Dispatcher;
}

namespace millrace::gateway {

struct Site {
  /// `runs` may be null. `build`: the manifest's folder. `live_files`: look into public/ for each
  /// request (development) instead of listing it once, and serve no files of other builds.
  Site(std::uint32_t number, project::Manifest read, std::shared_ptr<workers::Dispatcher> runs,
       const std::filesystem::path& root, const std::filesystem::path& build, bool live_files);

  /// Makes a site that responds to every request with 500 and `text`, for a project that cannot be
  /// built.
  static std::shared_ptr<const Site> broken(std::string text);

  [[nodiscard]] FileResponse::Etag file_etags() const {
    return manifest.config.generate_etags ? FileResponse::Etag::generated
                                          : FileResponse::Etag::none;
  }

  /// Whether responses can be compressed, and stored forms sent.
  [[nodiscard]] bool compresses() const { return manifest.config.compress && compression.enabled; }

  /// Returns the file of the build or of public/ for a normalised request path (still
  /// percent-encoded, below basePath, beginning with '/'). `deployment`: the name of the deployment
  /// that the request states; empty without one. The file may be gone by the time it is opened.
  [[nodiscard]] std::optional<FoundFile> find_file(std::string_view path,
                                                   std::string_view deployment = {}) const;

  /// Returns whether a route or page matches a normalised request path (below basePath, without a
  /// locale), or the page whose data the path names.
  [[nodiscard]] bool match(std::string_view path, routing::Match& out) const;

  /// Writes the path of the page whose data a path (below basePath) names, with its locale, to `page`.
  /// Returns false for any other path.
  [[nodiscard]] bool page_of_data(std::string_view path, std::string& page) const;

  /// Returns whether a path or request target, with or without basePath and `locale`, is below the folder
  /// of the build's static files.
  [[nodiscard]] bool is_for_build_file(std::string_view path, std::string_view locale = {}) const;

  /// Returns the number of the project's page for a failed request with that status; nothing where
  /// it has none.
  [[nodiscard]] std::optional<std::uint32_t> failure_page(std::uint16_t status) const {
    return status == 500 && server_error_page ? server_error_page : error_page;
  }

  /// Whether the project's `next dev` responds for the route.
  [[nodiscard]] bool is_for_next_dev(std::uint32_t route) const {
    return !manifest.next_dev.empty() && manifest.routes[route].of_next;
  }

  /// Whether the project's `next dev` responds to all requests that match nothing of the site.
  [[nodiscard]] bool next_dev_serves_pages() const { return manifest.next_dev_pages && !upstream; }
  /// Returns whether a request target is for `next dev` itself, whatever the site's rules and
  /// middleware are: its files, images and hot reload.
  [[nodiscard]] bool is_internal_of_next_dev(std::string_view target) const;

  /// Returns the label of a route in metrics.
  [[nodiscard]] metrics::RouteLabels::Number label_of(std::uint32_t route) const {
    return route < labels.size() ? labels[route] : metrics::RouteLabels::kOther;
  }

  /// Returns whether a request target asks for the server's readiness.
  [[nodiscard]] bool is_health_check(std::string_view target) const {
    return !health_path.empty() && target.substr(0, target.find('?')) == health_path;
  }

  std::uint32_t generation = 0;
  project::Manifest manifest;
  /// Runs the routes; null where there are none. Its state is not part of the site.
  std::shared_ptr<workers::Dispatcher> dispatcher;
  routing::PathRules path_rules;
  routing::Matcher matcher;
  PublicFiles public_files;
  CompressedFiles compressed_public_files;
  /// The files served below /_next/static.
  BuildFiles build_files;
  FileResponse::Caching build_files_caching = FileResponse::Caching::immutable;
  PrerenderedResponses prerendered;
  DraftMode draft_mode;
  /// The page for failures, and that for status 500, by their numbers; nothing without one.
  std::optional<std::uint32_t> error_page;
  std::optional<std::uint32_t> server_error_page;
  /// Nothing where the build has no route for images.
  std::optional<routing::ImageCheck> images;
  /// Nothing where the project has no rules; its requests skip them.
  std::optional<RuleSet> rules;
  /// The server to which requests go that match nothing of the site; its path is empty.
  std::optional<UpstreamTarget> upstream;
  CompressionOptions compression;
  /// A path at which the server responds with its readiness; empty for none.
  std::string health_path;
  /// The routes' labels in metrics, by number, followed by the middleware's; fewer in tests.
  std::vector<metrics::RouteLabels::Number> labels;
  /// Not empty: why there are no routes, for the developer.
  std::string failure;
};

}  // namespace millrace::gateway
