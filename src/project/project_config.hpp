// The part of next.config that the server needs, as the builder completes it: every member with a
// default is present (builder/src/config/normalise.ts), also where the project has no
// configuration.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace millrace::project {

/// next.config's `i18n`. API routes are not localised; pages of the Pages Router, rules and the middleware
/// see locales.
struct Locales {
  struct Domain {
    std::string domain;
    std::string default_locale;
    /// Besides the default one.
    std::vector<std::string> locales = {};
    /// Whether redirects to it are to "http:".
    bool http = false;

    bool operator==(const Domain&) const = default;
  };
  std::vector<std::string> locales;
  std::string default_locale;
  std::vector<Domain> domains;
  /// Whether requests for the home page are redirected to the client's locale.
  bool detection = true;

  bool operator==(const Locales&) const = default;
};

/// The initial values are the builder's defaults, for a project that has not been built; a test
/// compares them with the builder's.
struct ProjectConfig {
  /// "" or a path such as "/docs": it begins with a slash and does not end with one.
  std::string base_path;
  bool trailing_slash = false;
  /// Do not redirect because of a trailing slash.
  bool skip_trailing_slash_redirect = false;
  /// The middleware sees the targets of requests as they are, also those for the data of pages.
  bool skip_proxy_url_normalize = false;
  /// Compress responses for clients that accept it.
  bool compress = true;
  /// Maximum size of the data cache in bytes; 0 disables it.
  std::size_t cache_max_memory_size = std::size_t{50} * 1024 * 1024;
  /// Maximum size in bytes of a request body that the middleware can read.
  std::size_t proxy_body_limit = std::size_t{10} * 1024 * 1024;
  /// Maximum time that an upstream can send nothing while a response is expected.
  std::chrono::milliseconds proxy_timeout{30'000};
  /// Whether requests of the App Router's client must name the hash of their fields.
  bool validate_rsc = true;
  std::optional<Locales> i18n;
  /// Hosts in addition to localhost for which the development server responds; can contain "*" and
  /// "**".
  std::vector<std::string> allowed_dev_origins;
  bool generate_etags = true;
  /// Without dots, the preferred one first; never empty.
  std::vector<std::string> page_extensions = {"tsx", "ts", "jsx", "js"};
  /// `watchOptions.pollIntervalMs`: the interval at which the development server polls the files;
  /// greater than 0.
  std::optional<std::chrono::milliseconds> poll_interval;

  bool operator==(const ProjectConfig&) const = default;
};

/// Reads a configuration as the builder's `config` command and the manifest contain it. Error:
/// invalid, naming the option, what was expected and what was found.
[[nodiscard]] base::Result<ProjectConfig> parse_config(const boost::json::object& given);

}  // namespace millrace::project
