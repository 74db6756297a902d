#include "gateway/cached_route.hpp"

#include <utility>

#include "base/ascii.hpp"
#include "gateway/site.hpp"
#include "http/fields.hpp"
#include "routing/query.hpp"

namespace millrace::gateway {

bool reads_only(std::string_view method) { return method == "GET" || method == "HEAD"; }

CacheVerdict judge_cached(const std::shared_ptr<const Site>& site, const routing::Match& match,
                          const http::RequestHead& request, ResponseCache& cache) {
  using Kind = CacheVerdict::Kind;
  const project::Route& route = site->manifest.routes[match.route];
  if (!route.cached) return {.kind = Kind::uncached};
  if (site->draft_mode.is_on(request.fields)) return {.kind = Kind::draft};
  if (!reads_only(request.method)) return {.kind = Kind::method_not_allowed};
  StaticTarget target{.site = site,
                      .route = match.route,
                      .parameters = routing::canonical_parameters(match.parameters)};
  if (!route.parameters.empty() && !route.cached->dynamic_params &&
      !site->prerendered.has(response_key(target.route, target.parameters))) {
    return {.kind = Kind::not_found};
  }
  cache::FoundResponse found = cache.find(target);
  Kind kind = Kind::missing;
  if (found.freshness == cache::Freshness::fresh) kind = Kind::fresh;
  if (found.freshness == cache::Freshness::stale) kind = Kind::stale;
  return {.kind = kind, .target = std::move(target), .response = std::move(found.response)};
}

void write_cached_fields(const cache::CachedResponse& response, std::string_view state,
                         std::string& fields) {
  fields.assign("x-nextjs-cache: ").append(state).append("\r\n");
  if (!http::find_field(response.fields, "cache-control")) {
    fields.append("cache-control: ").append(response.cache_control()).append("\r\n");
  }
  fields.append(response.fields);
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
