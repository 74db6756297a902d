#include "routing/locales.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "routing/accept_language.hpp"
#include "routing/path.hpp"
#include "routing/request_values.hpp"
#include "routing/url_text.hpp"

namespace millrace::routing {

namespace {

using base::equals_ignoring_case;
using project::Locales;

constexpr std::string_view kCookie = "NEXT_LOCALE";

/// Returns that of the locales which has this name; empty if there is none.
std::string_view named(const Locales& locales, std::string_view name) {
  const auto found =
      std::find_if(locales.locales.begin(), locales.locales.end(),
                   [name](const std::string& one) { return equals_ignoring_case(one, name); });
  return found == locales.locales.end() ? std::string_view() : *found;
}

std::string_view host_of(const Locales::Domain& domain) {
  return std::string_view(domain.domain).substr(0, domain.domain.find(':'));
}

/// Whether a target without basePath is for the home page, which Next.js decides by its text.
bool is_home(std::string_view path) { return path == "/" || path == "/index" || path == "/index/"; }

/// Returns the domain for a locale; null for none.
const Locales::Domain* domain_for(const Locales& locales, std::string_view locale) {
  if (locale.empty()) return nullptr;
  const auto is_for = [locale](const Locales::Domain& domain) {
    return equals_ignoring_case(domain.default_locale, locale) ||
           std::any_of(domain.locales.begin(), domain.locales.end(),
                       [locale](const auto& one) { return equals_ignoring_case(one, locale); });
  };
  const auto found = std::find_if(locales.domains.begin(), locales.domains.end(), is_for);
  return found == locales.domains.end() ? nullptr : &*found;
}

std::string_view path_of(std::string_view target, std::string_view base_path) {
  std::string_view path = target.substr(0, target.find('?'));
  if (is_below(path, base_path)) path.remove_prefix(base_path.size());
  return path.empty() ? "/" : path;
}

}  // namespace

std::string_view locale_in(std::string_view path, const Locales& locales) {
  const std::string_view first = path.substr(1, path.find('/', 1) - 1);
  return first.empty() ? std::string_view() : named(locales, first);
}

std::string_view without_locale(std::string_view path) {
  const std::size_t end = path.find('/', 1);
  return end == std::string_view::npos ? "/" : path.substr(end);
}

const Locales::Domain* domain_of(const Locales& locales, std::string_view fields) {
  if (locales.domains.empty()) return nullptr;
  const auto host = host_name(fields);
  if (!host) return nullptr;
  const auto found = std::find_if(
      locales.domains.begin(), locales.domains.end(),
      [&host](const auto& domain) { return equals_ignoring_case(host_of(domain), *host); });
  return found == locales.domains.end() ? nullptr : &*found;
}

const std::string& default_locale(const Locales& locales, std::string_view fields) {
  const Locales::Domain* const domain = domain_of(locales, fields);
  return domain == nullptr ? locales.default_locale : domain->default_locale;
}

bool serves_files(const Locales& locales, std::string_view locale) {
  return locale == locales.default_locale ||
         std::any_of(locales.domains.begin(), locales.domains.end(),
                     [locale](const auto& domain) { return domain.default_locale == locale; });
}

std::optional<std::string> locale_redirect(const project::ProjectConfig& config,
                                           std::string_view target, std::string_view fields) {
  const auto& locales = config.i18n;
  if (!locales || !locales->detection) return std::nullopt;
  if (!is_home(path_of(target, config.base_path))) return std::nullopt;
  const auto languages = field_value(fields, "accept-language");
  const std::string_view preferred =
      languages ? preferred_locale(*languages, locales->locales) : std::string_view();
  const Locales::Domain* const domain = domain_of(*locales, fields);
  if (const auto* const other = domain_for(*locales, preferred);
      domain != nullptr && other != nullptr) {
    const bool is_default = other->default_locale == preferred;
    if (other->domain != domain->domain || !is_default) {
      std::string location(other->http ? "http://" : "https://");
      location.append(other->domain).append("/");
      return is_default ? location : location.append(preferred);
    }
  }
  std::string_view locale;
  if (domain != nullptr) {
    locale = domain->default_locale;
  } else {
    if (const auto cookie = cookie_value(fields, kCookie)) locale = named(*locales, *cookie);
    if (locale.empty()) locale = preferred;
  }
  const std::string& usual = default_locale(*locales, fields);
  if (locale.empty() || equals_ignoring_case(locale, usual)) return std::nullopt;
  std::string url(config.base_path);
  url.append("/").append(locale).append(config.trailing_slash ? "/" : "");
  const std::size_t mark = target.find('?');
  if (mark != std::string_view::npos && mark + 1 < target.size()) url.append(target.substr(mark));
  std::string location;
  append_url(location, url);
  return location;
}

}  // namespace millrace::routing
