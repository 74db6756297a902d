#include "gateway/refresh_target.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "gateway/resolution.hpp"
#include "gateway/site.hpp"
#include "routing/locales.hpp"
#include "routing/path.hpp"
#include "routing/query.hpp"

namespace millrace::gateway {

namespace {

using Kind = RefreshTarget::Kind;

/// Of a request without a client.
constexpr std::string_view kFields = "Host: localhost:3000\r\n";

/// What a path is that has no response of its own. Beside the App Router, Next.js renders its page for
/// missing paths anew, and counts that as done.
RefreshTarget missing(const Site& site) {
  using project::RouterKind;
  const auto& routes = site.manifest.routes;
  const bool has_app_router =
      std::any_of(routes.begin(), routes.end(), [](const project::Route& route) {
        return route.kind == RouterKind::app || route.kind == RouterKind::app_page;
      });
  return {.kind = has_app_router ? Kind::uncached : Kind::missing};
}

RefreshTarget of_match(const std::shared_ptr<const Site>& site, const routing::Match& match,
                       std::string_view locale) {
  if (match.malformed) return missing(*site);
  const project::Route& route = site->manifest.routes[match.route];
  if (!route.cached) return {.kind = Kind::uncached};
  const bool is_localised = route.kind == project::RouterKind::page;
  StaticTarget target{.site = site,
                      .route = match.route,
                      .parameters = routing::canonical_parameters(match.parameters),
                      .locale = std::string(is_localised ? locale : std::string_view())};
  if (!target.exists()) return missing(*site);
  return {.kind = Kind::cached, .target = std::move(target)};
}

RefreshTarget resolved(const std::shared_ptr<const Site>& site, const routing::PathResult& path) {
  using Step = Resolution::Step;
  Resolution resolution(*site, path, kFields);
  Step step = resolution.begin();
  const bool has_middleware = step == Step::middleware;
  if (has_middleware) step = resolution.after_next();
  if (step == Step::route) return of_match(site, resolution.match(), resolution.locale());
  const bool responds =
      has_middleware || site->upstream || step == Step::file || step == Step::external;
  return responds ? RefreshTarget{.kind = Kind::uncached} : missing(*site);
}

}  // namespace

RefreshTarget find_refresh_target(const std::shared_ptr<const Site>& site, std::string_view path) {
  std::string scratch;
  const auto& locales = site->manifest.config.i18n;
  const routing::PathResult found =
      routing::normalise(path, site->path_rules, scratch,
                         locales ? routing::default_locale(*locales, kFields) : std::string_view());
  if (found.outcome != routing::PathResult::Outcome::route) return missing(*site);
  if (site->rules) return resolved(site, found);
  routing::Match match;
  if (site->matcher.match(found.path, match)) return of_match(site, match, {});
  const bool responds = site->upstream || site->find_file(found.path);
  return responds ? RefreshTarget{.kind = Kind::uncached} : missing(*site);
}

}  // namespace millrace::gateway
