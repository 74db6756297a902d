#include "serving/route_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "cache/cached_response.hpp"
#include "serving/pool_plans.hpp"

namespace millrace::serving {

namespace {

using std::chrono::seconds;

/// The shortest time after which a response of each route is revalidated, in the manifest's order.
std::vector<std::optional<seconds>> revalidations(const project::Manifest& manifest) {
  std::vector<std::optional<seconds>> shortest(manifest.routes.size());
  for (const project::Prerendered& response : manifest.prerendered) {
    const auto lifetime = cache::read_fill(response.status, response.fields, {}).lifetime;
    if (!lifetime.revalidate) continue;
    const auto time = std::chrono::duration_cast<seconds>(*lifetime.revalidate);
    auto& known = shortest[response.route];
    known = known ? std::min(*known, time) : time;
  }
  return shortest;
}

/// `revalidated`: whether one of its responses is.
Delivery delivery_of(const project::Route& route, bool revalidated) {
  if (route.kind == project::RouterKind::image) return Delivery::image;
  // The entry of a route of the edge runtime is a list of scripts.
  if (route.of_next && route.module.ends_with(".json")) return Delivery::edge;
  if (!route.cached) return Delivery::dynamic;
  if (route.cached->partial) return Delivery::shell;
  if (revalidated) return Delivery::revalidated;
  return route.parameters.empty() ? Delivery::fixed : Delivery::prerendered;
}

std::string_view engine_of(const project::Route& route) {
  if (route.is_native()) return "C++";
  return route.of_next ? "next" : "light";
}

}  // namespace

std::string_view to_string(Delivery delivery) {
  switch (delivery) {
    case Delivery::fixed:
      return "static";
    case Delivery::prerendered:
      return "prerendered";
    case Delivery::revalidated:
      return "ISR";
    case Delivery::shell:
      return "PPR";
    case Delivery::dynamic:
      return "dynamic";
    case Delivery::edge:
      return "edge";
    case Delivery::image:
      return "image";
  }
  return "dynamic";
}

std::string RouteFacts::served() const {
  std::string text(to_string(delivery));
  if (revalidate) text += fmt::format(" {} s", revalidate->count());
  if (has_actions) text += ", actions";
  return text;
}

std::vector<RouteFacts> facts_of_routes(const project::Settings& settings,
                                        const project::Manifest& manifest) {
  const auto times = revalidations(manifest);
  const std::vector<std::string> pools = pools_of_routes(settings, manifest);
  std::vector<RouteFacts> facts;
  facts.reserve(manifest.routes.size());
  for (std::size_t number = 0; number < manifest.routes.size(); ++number) {
    const project::Route& route = manifest.routes[number];
    facts.push_back({.delivery = delivery_of(route, times[number].has_value()),
                     .revalidate = times[number],
                     .has_actions = route.has_actions,
                     .engine = engine_of(route),
                     .pool = pools[number]});
  }
  return facts;
}

std::optional<std::size_t> built_route(const project::Manifest& manifest,
                                       const project::Route& found) {
  const auto& routes = manifest.routes;
  const auto built =
      std::find_if(routes.begin(), routes.end(), [&found](const project::Route& route) {
        return route.path == found.path && route.file == found.file;
      });
  if (built == routes.end()) return std::nullopt;
  return static_cast<std::size_t>(built - routes.begin());
}

}  // namespace millrace::serving
