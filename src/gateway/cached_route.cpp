#include "gateway/cached_route.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <limits>
#include <optional>
#include <utility>

#include "base/ascii.hpp"
#include "gateway/page_variant.hpp"
#include "gateway/site.hpp"
#include "http/conditional.hpp"
#include "http/fields.hpp"
#include "routing/data_path.hpp"
#include "routing/query.hpp"
#include "routing/url_text.hpp"

namespace millrace::gateway {

bool reads_only(std::string_view method) { return method == "GET" || method == "HEAD"; }

namespace {

/// Longer ones are left to the optimiser: the keys of what is stored are bounded.
constexpr std::size_t kLongestImageQuery = 4096;
constexpr std::size_t kLongestAccept = 1024;

/// Values of Sec-Fetch-Dest for which the HTML of a 404 is useful.
constexpr std::array<std::string_view, 6> kShown = {"document", "iframe", "frame",
                                                    "embed",    "object", "empty"};

bool is_for_subresource(std::string_view fields) {
  const auto what = http::find_field(fields, "sec-fetch-dest");
  return what && std::find(kShown.begin(), kShown.end(), *what) == kShown.end();
}

bool is_for_data(const Site& site, std::string_view target) {
  const std::string& base = site.path_rules.base_path;
  return target.starts_with(base) && routing::is_data_path(target.substr(base.size()));
}

/// Returns nothing where the page's worker must respond, past the cache.
std::optional<std::string> variant_of(const Site& site, std::uint32_t number,
                                      const http::RequestHead& request, std::string_view fields) {
  const project::Route& route = site.manifest.routes[number];
  // Next.js's client asks where the middleware leads; what it gets is up to the page.
  if (http::find_field(fields, "x-middleware-prefetch")) return std::nullopt;
  if (!reads_only(request.method) || site.draft_mode.is_on(request.fields)) return std::nullopt;
  const bool for_data = is_for_data(site, request.target);
  const bool is_not_found = site.manifest.pages && number == site.manifest.pages->not_found;
  if (is_not_found && (for_data || is_for_subresource(fields))) return std::nullopt;
  // Requested by its own path it has other fields.
  const std::string_view path = routing::split_url(request.target).path;
  if (is_not_found && path.ends_with(route.path)) return std::nullopt;
  // A file of HTML has no data.
  if (for_data && route.module.ends_with(".html")) return std::nullopt;
  return page_variant(route, fields, for_data);
}

/// Whether a worker renders a partially prerendered page as a whole: Next.js sends crawlers no shell,
/// and a shell of other parameters stands for paths that are not prerendered.
bool is_rendered_whole(const StaticTarget& target, const http::RequestHead& request,
                       std::string_view fields) {
  const bool is_prerendered = target.site->prerendered.has(target.page_key());
  return !is_prerendered || !is_of_shell(target.variant) || request.method != "GET" ||
         request.has_body || may_be_crawler(fields);
}

}  // namespace

CacheVerdict judge_cached(const std::shared_ptr<const Site>& site, const routing::Match& match,
                          const http::RequestHead& request, std::string_view fields,
                          std::string_view locale, ResponseCache& cache) {
  using Kind = CacheVerdict::Kind;
  const project::Route& route = site->manifest.routes[match.route];
  if (!route.cached) return {.kind = Kind::uncached};
  std::string variant;
  if (route.is_page()) {
    auto told = variant_of(*site, match.route, request, fields);
    if (!told) return {.kind = Kind::uncached};
    variant = std::move(*told);
  } else {
    if (site->draft_mode.is_on(request.fields)) return {.kind = Kind::draft};
    if (!reads_only(request.method)) return {.kind = Kind::method_not_allowed};
  }
  StaticTarget target{.site = site,
                      .route = match.route,
                      .parameters = routing::canonical_parameters(match.parameters),
                      .variant = std::move(variant),
                      .locale = {}};
  if (route.kind == project::RouterKind::page) target.locale = locale;
  if (!target.exists()) {
    return {.kind = Kind::not_found,
            .target = std::move(target),
            .for_data = is_for_data(*site, request.target)};
  }
  if (route.cached->partial && is_rendered_whole(target, request, fields)) {
    return {.kind = Kind::uncached};
  }
  CacheVerdict verdict = judge_stored(std::move(target), cache);
  if (verdict.kind == Kind::missing && route.cached->fallback && verdict.target.variant.empty() &&
      may_be_crawler(fields)) {
    return {.kind = Kind::uncached};
  }
  return verdict;
}

CacheVerdict judge_stored(StaticTarget target, ResponseCache& cache) {
  using Kind = CacheVerdict::Kind;
  cache::FoundResponse found = cache.find(target);
  Kind kind = Kind::missing;
  if (found.freshness == cache::Freshness::fresh) kind = Kind::fresh;
  if (found.freshness == cache::Freshness::stale) kind = Kind::stale;
  return {.kind = kind, .target = std::move(target), .response = std::move(found.response)};
}

std::optional<StaticTarget> image_target(const std::shared_ptr<const Site>& site,
                                         std::uint32_t route, const http::RequestHead& request,
                                         std::string_view query, std::string_view fields) {
  if (!reads_only(request.method) || request.has_body) return std::nullopt;
  std::string accepted;
  for (const auto& [name, value] : http::FieldsView(fields)) {
    if (!base::equals_ignoring_case(name, "accept")) continue;
    accepted.append(accepted.empty() ? "" : ", ").append(value);
  }
  if (query.size() > kLongestImageQuery || accepted.size() > kLongestAccept) return std::nullopt;
  StaticTarget target{.site = site,
                      .route = route,
                      .parameters = {},
                      .variant = "image:",
                      .query = std::string(query),
                      .fields = {}};
  // Neither contains a line break.
  target.variant.append(query).append("\n").append(accepted);
  if (!accepted.empty()) http::append_field(target.fields, "Accept", accepted);
  return target;
}

std::string_view fill_state(const cache::CachedResponse& response) {
  return response.state == cache::FillState::hit ? "HIT" : "MISS";
}

bool is_unchanged(const cache::CachedResponse& response, const http::RequestHead& request) {
  const auto etag = http::find_field(response.fields, "etag");
  // It has no time of its own.
  constexpr auto kNever = std::numeric_limits<std::time_t>::max();
  return etag && http::is_not_modified(request.fields, *etag, kNever);
}

void remove_content_fields(std::string& fields) {
  std::string rest;
  for (const auto& [name, value] : http::FieldsView(fields)) {
    if (!base::equals_ignoring_case(name, "content-type")) http::append_field(rest, name, value);
  }
  fields = std::move(rest);
}

void keep_validation_fields(std::string& fields) {
  std::string rest;
  for (const auto& [name, value] : http::FieldsView(fields)) {
    const bool is_kept = base::equals_ignoring_case(name, "etag") ||
                         base::equals_ignoring_case(name, "vary") ||
                         base::equals_ignoring_case(name, "cache-control");
    if (is_kept) http::append_field(rest, name, value);
  }
  fields = std::move(rest);
}

void write_cached_fields(const cache::CachedResponse& response, std::string_view state,
                         std::string& fields) {
  if (response.state == cache::FillState::unnamed || !response.postponed.empty()) {
    fields = response.fields;
    return;
  }
  fields.assign("x-nextjs-cache: ").append(state).append("\r\n");
  if (!http::find_field(response.fields, "cache-control")) {
    fields.append("cache-control: ").append(response.cache_control()).append("\r\n");
  }
  fields.append(response.fields);
}

void add_vary(const project::Route& route, std::string_view asked, std::string& fields) {
  if (route.kind != project::RouterKind::page || http::find_field(asked, "rsc") != "1") return;
  http::append_field(fields, "Vary",
                     "rsc, next-router-state-tree, next-router-prefetch, "
                     "next-router-segment-prefetch");
}

std::string draft_fields(std::string_view given) {
  std::string fields = "x-nextjs-cache: HIT\r\nCache-Control: ";
  fields.append(kUncached).append("\r\n");
  for (const auto& [name, value] : http::FieldsView(given)) {
    if (base::equals_ignoring_case(name, "cache-control")) continue;
    http::append_field(fields, name, value);
  }
  return fields;
}

}  // namespace millrace::gateway
