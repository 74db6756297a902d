// Sampler decides which requests are traced: those whose caller traces them, and of the requests
// without a caller's trace a share.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "tracing/ids.hpp"

namespace millrace::tracing {

/// The sampler `parentbased_traceidratio` of OpenTelemetry.
class Sampler {
 public:
  /// `ratio`: 0 to 1, of traces that begin here.
  explicit Sampler(double ratio) : below_(threshold(ratio)) {}

  [[nodiscard]] bool samples(const std::optional<SpanContext>& caller, const TraceId& trace) const {
    if (caller) return caller->sampled;
    // The last bytes of a trace's id are random for every implementation.
    std::uint64_t bits = 0;
    for (std::size_t i = 9; i < trace.size(); ++i) bits = bits << 8U | trace[i];
    return bits < below_;
  }

 private:
  /// Trace ids are compared by 56 bits, as the specification of W3C Trace Context, level 2, says.
  static constexpr std::uint64_t kAll = std::uint64_t{1} << 56U;

  static std::uint64_t threshold(double ratio) {
    if (!(ratio > 0)) return 0;
    if (ratio >= 1) return kAll;
    return static_cast<std::uint64_t>(ratio * static_cast<double>(kAll));
  }

  std::uint64_t below_;
};

}  // namespace millrace::tracing
