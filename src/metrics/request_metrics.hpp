// RequestMetrics counts the requests that the server has responded to, and how long that took, by
// route, method and class of status.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "metrics/counter.hpp"
#include "metrics/duration_histogram.hpp"
#include "metrics/route_labels.hpp"

namespace millrace::metrics {

/// The values of the label `method`: the methods of RFC 9110 and PATCH, or any other.
inline constexpr std::array<std::string_view, 8> kMethods = {"GET",    "HEAD",    "POST",  "PUT",
                                                             "DELETE", "OPTIONS", "PATCH", "other"};

/// Returns the index in kMethods.
[[nodiscard]] std::size_t method_number(std::string_view method);

/// The values of the label `status`; the first is that of requests without a complete response:
/// the client has left, or the connection was cut.
inline constexpr std::array<std::string_view, 6> kStatusClasses = {"aborted", "1xx", "2xx",
                                                                   "3xx",     "4xx", "5xx"};

/// A request that is over.
struct FinishedRequest {
  RouteLabels::Number label = RouteLabels::kNone;
  std::string_view method;
  /// 0 without a complete response.
  std::uint16_t status = 0;
  std::chrono::nanoseconds duration{0};
  std::uint64_t request_bytes = 0;
  std::uint64_t response_bytes = 0;
};

/// Belongs to the loop's thread.
class RequestMetrics {
 public:
  /// The most series (combinations of labels), with 144 bytes each; requests of further ones count
  /// for RouteLabels::kOther.
  static constexpr std::size_t kMostSeries = 4096;

  RequestMetrics();

  void add(const FinishedRequest& request);

  [[nodiscard]] std::uint64_t request_bytes() const { return request_bytes_.value(); }
  [[nodiscard]] std::uint64_t response_bytes() const { return response_bytes_.value(); }

  /// Calls `visit(label, method, status, histogram)` for each series, by label; method and status
  /// are indices into kMethods and kStatusClasses.
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (std::size_t label = 0; label < series_.size(); ++label) {
      for (std::size_t place = 0; place < kPlaces; ++place) {
        const std::uint16_t number = series_[label][place];
        if (number == 0) continue;
        visit(static_cast<RouteLabels::Number>(label), place / kStatusClasses.size(),
              place % kStatusClasses.size(), histograms_[number - 1]);
      }
    }
  }

 private:
  static constexpr std::size_t kPlaces = kMethods.size() * kStatusClasses.size();
  /// For each method and class of status, the index in histograms_ plus one; 0 for none.
  using Places = std::array<std::uint16_t, kPlaces>;

  [[nodiscard]] DurationHistogram& series_of(RouteLabels::Number label, std::size_t place);

  /// By label.
  std::vector<Places> series_;
  std::vector<DurationHistogram> histograms_;
  Counter request_bytes_;
  Counter response_bytes_;
};

}  // namespace millrace::metrics
