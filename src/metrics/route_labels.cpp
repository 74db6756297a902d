#include "metrics/route_labels.hpp"

namespace millrace::metrics {

RouteLabels::RouteLabels()
    : labels_{{"(other)", ""},
              {"(none)", ""},
              {"(file)", ""},
              {"(upstream)", ""},
              {"(middleware)", ""}} {}

RouteLabels::Number RouteLabels::of(std::string_view route, std::string_view pool) {
  std::pair<std::string, std::string> key(route, pool);
  const auto known = numbers_.find(key);
  if (known != numbers_.end()) return known->second;
  if (labels_.size() >= kMost) return kOther;
  const auto number = static_cast<Number>(labels_.size());
  labels_.push_back({key.first, key.second});
  numbers_.emplace(std::move(key), number);
  return number;
}

}  // namespace millrace::metrics
