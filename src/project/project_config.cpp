#include "project/project_config.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <cstdint>

#include "project/checked_text.hpp"
#include "project/json_reader.hpp"

namespace millrace::project {

namespace {

namespace json = boost::json;

/// The limit of all numbers: exact in a double, and larger than any real number of bytes or
/// milliseconds.
constexpr double kMaxAmount = 1e15;

/// A number from 0 to kMaxAmount; others are clamped to that range.
std::int64_t read_amount(JsonReader& reader, std::string_view name) {
  return static_cast<std::int64_t>(std::clamp(reader.required_number(name), 0.0, kMaxAmount));
}

std::string read_base_path(JsonReader& reader) {
  if (reader.find("basePath") == nullptr) reader.report("basePath", "a string", "nothing");
  std::string path = reader.text("basePath", {});
  if (!is_base_path(path)) {
    reader.report("basePath",
                  "\"\" or a path that begins with / and does not end with one, without ?, #, \\, "
                  "white space and control characters",
                  json::serialize(json::string(path)));
  }
  return path;
}

std::optional<Locales> read_locales(JsonReader& reader) {
  if (reader.find("i18n") == nullptr) return std::nullopt;
  Locales locales;
  reader.inside("i18n", [&locales](JsonReader& i18n) {
    locales.locales = i18n.required_texts("locales");
    locales.default_locale = i18n.required_text("defaultLocale");
    i18n.each("domains", [&locales](JsonReader& domain) {
      locales.domains.push_back({.domain = domain.required_text("domain"),
                                 .default_locale = domain.required_text("defaultLocale"),
                                 .locales = domain.texts("locales", {}),
                                 .http = domain.flag("http", false)});
    });
    locales.detection = i18n.flag("localeDetection", true);
  });
  return locales;
}

/// The builder does not validate this option, and like Next.js ignores what is not a number.
std::optional<std::chrono::milliseconds> read_poll_interval(const json::object& config) {
  const json::value* options = config.if_contains("watchOptions");
  if (options == nullptr || !options->is_object()) return std::nullopt;
  const json::value* interval = options->get_object().if_contains("pollIntervalMs");
  if (interval == nullptr || !interval->is_number()) return std::nullopt;
  const auto given = interval->to_number<double>();
  if (!(given > 0)) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(given, kMaxAmount)));
}

}  // namespace

base::Result<ProjectConfig> parse_config(const json::object& given) {
  JsonReader reader(given, "config");
  ProjectConfig config;
  config.base_path = read_base_path(reader);
  config.trailing_slash = reader.required_flag("trailingSlash");
  config.skip_trailing_slash_redirect = reader.required_flag("skipTrailingSlashRedirect");
  config.skip_proxy_url_normalize = reader.flag("skipProxyUrlNormalize", false);
  config.compress = reader.required_flag("compress");
  config.cache_max_memory_size =
      static_cast<std::size_t>(read_amount(reader, "cacheMaxMemorySize"));
  config.proxy_body_limit = static_cast<std::size_t>(read_amount(reader, "proxyClientMaxBodySize"));
  config.proxy_timeout = std::chrono::milliseconds(read_amount(reader, "proxyTimeout"));
  config.i18n = read_locales(reader);
  config.allowed_dev_origins = reader.texts("allowedDevOrigins", {});
  config.generate_etags = reader.required_flag("generateEtags");
  config.page_extensions = reader.required_texts("pageExtensions");
  if (config.page_extensions.empty()) {
    reader.report("pageExtensions", "at least one extension", "none");
  }
  reader.inside("experimental", [&config](JsonReader& experimental) {
    config.validate_rsc = experimental.flag("validateRSCRequestHeaders", true);
  });
  config.poll_interval = read_poll_interval(given);
  if (reader.error()) return base::Error(base::ErrorCode::invalid, *reader.error());
  return config;
}

}  // namespace millrace::project
