#include "workers/sample.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace millrace::workers {

namespace {

constexpr std::size_t kMostRoutes = 100'000;
/// 2^53: larger JavaScript numbers are not exact integers.
constexpr double kLargest = 9007199254740992.0;

double number(const boost::json::value* value) {
  if (value == nullptr || !value->is_number()) return 0;
  const double found = value->to_number<double>();
  return std::isfinite(found) ? std::clamp(found, 0.0, kLargest) : 0;
}

std::uint64_t integer(const boost::json::value* value) {
  return static_cast<std::uint64_t>(number(value));
}

std::optional<RouteCost> route_cost(const boost::json::value& value) {
  const auto* const list = value.if_array();
  if (list == nullptr || list->size() != 4) return std::nullopt;
  return RouteCost{.generation = static_cast<std::uint32_t>(integer(&(*list)[0])),
                   .route = static_cast<std::uint32_t>(integer(&(*list)[1])),
                   .invocations = integer(&(*list)[2]),
                   .cpu_us = integer(&(*list)[3])};
}

}  // namespace

std::optional<Sample> parse_sample(std::string_view payload) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(payload, error);
  const auto* const object = value.if_object();
  if (error || object == nullptr) return std::nullopt;
  Sample sample{.rss = integer(object->if_contains("rss")),
                .heap_used = integer(object->if_contains("heap_used")),
                .heap_total = integer(object->if_contains("heap_total")),
                .external = integer(object->if_contains("external")),
                .loop_lag_ms = number(object->if_contains("loop_lag_ms")),
                .utilization = std::min(number(object->if_contains("utilization")), 1.0),
                .cpu_ms = number(object->if_contains("cpu_ms")),
                .routes = {}};
  const auto* const routes = object->if_contains("routes");
  if (routes != nullptr && routes->is_array() && routes->get_array().size() <= kMostRoutes) {
    for (const auto& entry : routes->get_array()) {
      if (const auto cost = route_cost(entry)) sample.routes.push_back(*cost);
    }
  }
  return sample;
}

}  // namespace millrace::workers
