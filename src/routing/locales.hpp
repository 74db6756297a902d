// The locales of next.config's `i18n`: which one a path or a host names, and where a request for the
// home page is redirected to, so that the client gets its own language.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "project/project_config.hpp"

namespace millrace::routing {

/// Returns the locale, as it is configured, that the first segment of `path` names in any case; empty for
/// none. `path` begins with a slash and has no basePath. The result points into `locales`.
[[nodiscard]] std::string_view locale_in(std::string_view path, const project::Locales& locales);

/// Returns `path` without its first segment, which names a locale.
[[nodiscard]] std::string_view without_locale(std::string_view path);

/// Returns the domain that a request's Host names; null for none.
[[nodiscard]] const project::Locales::Domain* domain_of(const project::Locales& locales,
                                                        std::string_view fields);

/// Returns the default locale of the request's domain, or of the project.
[[nodiscard]] const std::string& default_locale(const project::Locales& locales,
                                                std::string_view fields);

/// Whether files of public/ are also served below the locale: it is the default one of the project
/// or of a domain.
[[nodiscard]] bool serves_files(const project::Locales& locales, std::string_view locale);

/// Returns the location that a request for the home page is redirected to (307): the page in the
/// locale of the cookie NEXT_LOCALE or of Accept-Language, or another domain; nothing if the request
/// is served where it is. `target` is the request's.
[[nodiscard]] std::optional<std::string> locale_redirect(const project::ProjectConfig& config,
                                                         std::string_view target,
                                                         std::string_view fields);

}  // namespace millrace::routing
