#include "metrics/request_metrics.hpp"

#include <algorithm>

namespace millrace::metrics {

std::size_t method_number(std::string_view method) {
  const auto* const found = std::find(kMethods.begin(), kMethods.end() - 1, method);
  return static_cast<std::size_t>(found - kMethods.begin());
}

RequestMetrics::RequestMetrics() : series_(1) {}

DurationHistogram& RequestMetrics::series_of(RouteLabels::Number label, std::size_t place) {
  if (label >= series_.size()) series_.resize(std::size_t{label} + 1);
  std::uint16_t* number = &series_[label][place];
  if (*number != 0) return histograms_[*number - 1U];
  // Those of kOther always have room, so that no request is lost.
  if (label != RouteLabels::kOther && histograms_.size() >= kMostSeries - kPlaces) {
    number = &series_[RouteLabels::kOther][place];
    if (*number != 0) return histograms_[*number - 1U];
  }
  histograms_.emplace_back();
  *number = static_cast<std::uint16_t>(histograms_.size());
  return histograms_.back();
}

void RequestMetrics::add(const FinishedRequest& request) {
  const std::size_t status = request.status / 100U;
  const std::size_t place = method_number(request.method) * kStatusClasses.size() +
                            (status < kStatusClasses.size() ? status : kStatusClasses.size() - 1);
  series_of(request.label, place).observe(request.duration);
  request_bytes_.add(request.request_bytes);
  response_bytes_.add(request.response_bytes);
}

}  // namespace millrace::metrics
