// What the server reads of next.config.*, as the builder has completed it: every member that has a
// default is there (builder/src/config/normalise.ts), also where the project has no configuration.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace millrace::project {

/// next.config's `i18n`. API routes are not localised; rules and the middleware see locales.
struct Locales {
  struct Domain {
    std::string domain;
    std::string default_locale;

    bool operator==(const Domain&) const = default;
  };
  std::vector<std::string> locales;
  std::string default_locale;
  std::vector<Domain> domains;

  bool operator==(const Locales&) const = default;
};

/// The values here are the builder's defaults, for a project that has not been built yet; a test
/// compares them with what the builder writes.
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
  bool generate_etags = true;
  /// Without the dot, the preferred one first; never empty.
  std::vector<std::string> page_extensions = {"tsx", "ts", "jsx", "js"};
  /// `watchOptions.pollIntervalMs`: how often the development server looks at the files, above 0.
  std::optional<std::chrono::milliseconds> poll_interval;

  bool operator==(const ProjectConfig&) const = default;
};

/// Reads a configuration as the builder's `config` command and the manifest have it. Error: invalid,
/// naming the option, what was expected and what was found.
[[nodiscard]] base::Result<ProjectConfig> parse_config(const boost::json::object& given);

}  // namespace millrace::project
