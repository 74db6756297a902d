#include "metrics/server_metrics.hpp"

namespace millrace::metrics {

std::shared_ptr<PoolMetrics> PoolsMetrics::of(std::string_view name) {
  const auto known = pools_.find(name);
  if (known != pools_.end()) return known->second;
  const std::string_view shown = pools_.size() < kMost - 1 ? name : "(other)";
  return pools_.try_emplace(std::string(shown), std::make_shared<PoolMetrics>()).first->second;
}

}  // namespace millrace::metrics
