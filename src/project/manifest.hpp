// The manifest is what a build leaves for the server: the project's configuration and its routes
// with their bundles (docs/manifest.md has the format). It is read defensively, since it is a file
// that anything may have written: every failure names the file, the place in it and what was
// expected there.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "project/memory_state.hpp"
#include "project/prerendered.hpp"
#include "project/route.hpp"

namespace millrace::project {

/// The manifest format that this server reads and writes.
inline constexpr int kManifestVersion = 1;

/// next.config's `i18n`. API routes are not localised; rules and the middleware see locales.
struct Locales {
  struct Domain {
    std::string domain;
    std::string default_locale;
  };
  std::vector<std::string> locales;
  std::string default_locale;
  std::vector<Domain> domains;
};

/// What the server reads of next.config.*, with Next.js's defaults.
struct ProjectConfig {
  /// "" or "/docs": begins with a slash and does not end with one.
  std::string base_path;
  bool trailing_slash = false;
  /// Leave a trailing slash as the client sent it.
  bool skip_trailing_slash_redirect = false;
  /// Compress answers for clients that ask for it.
  bool compress = true;
  /// Bytes that the data cache may hold; 0 keeps nothing.
  std::size_t cache_max_memory_size = std::size_t{50} * 1024 * 1024;
  /// Bytes of a request's body that a proxy file may see.
  std::size_t proxy_body_limit = std::size_t{10} * 1024 * 1024;
  /// How long another server may be silent while an answer is owed.
  std::chrono::milliseconds proxy_timeout{30'000};
  std::optional<Locales> i18n;
  /// Hosts besides localhost under which the development server answers; may hold "*" and "**".
  std::vector<std::string> allowed_dev_origins;
  /// X-Powered-By is for whoever renders pages; kept for the upstream.
  bool powered_by_header = true;
  bool generate_etags = true;
  /// Without the dot, the preferred one first.
  std::vector<std::string> page_extensions = {"tsx", "ts", "jsx", "js"};
  /// next.config's `env`: names inlined into bundles, in their order.
  std::vector<std::pair<std::string, std::string>> env;
  /// Everything that was given, also what this server does not read.
  boost::json::object raw;
};

struct Manifest {
  std::string build_id;
  /// "production" or "development".
  std::string mode = "production";
  /// Who wrote it: "millrace 0.1.0".
  std::string generator;
  ProjectConfig config;
  /// A route's place here is its number on the link.
  std::vector<Route> routes;
  std::vector<Prerendered> prerendered;
  /// When it was built: milliseconds since the epoch; 0 where the manifest does not say.
  std::int64_t built_at = 0;
  /// headers(), redirects() and rewrites() of next.config as the builder compiled them
  /// (project/rules.hpp reads them); null where there are none.
  boost::json::value rules;
  /// The proxy.* or middleware.* file as the builder describes it; null where there is none. Its
  /// number on the link is the one after the last route's.
  boost::json::value middleware;
  /// In development: who answers for routes of the engine `next`, "http://HOST:PORT"; not written.
  std::string next_dev;
  /// The instrumentation.* file; null where there is none. Only the worker reads it.
  boost::json::value instrumentation;
  std::vector<MemoryState> memory_state;
};

/// The proxy file, relative to the project; "middleware" where the manifest does not name it.
[[nodiscard]] std::string middleware_file(const Manifest& manifest);

/// Reads a configuration as the builder's `config` command answers it. Names that are missing keep
/// their defaults. Error: invalid, naming the option, what was expected and what was found.
[[nodiscard]] base::Result<ProjectConfig> parse_config(const boost::json::object& given);

/// Reads a manifest's text; `file_name` is for messages. Error: invalid.
[[nodiscard]] base::Result<Manifest> parse_manifest(std::string_view text,
                                                    std::string_view file_name);

/// Reads a manifest file of at most 64 MiB. Errors: not_found, system, invalid.
[[nodiscard]] base::Result<Manifest> read_manifest(const std::filesystem::path& file);

/// The manifest's text, with `kManifestVersion`; parse_manifest() reads it back. `config.raw` is
/// written too, overridden by the members that were read out of it.
[[nodiscard]] std::string write_manifest(const Manifest& manifest);

}  // namespace millrace::project
