// DurationHistogram counts durations by buckets with fixed bounds, as Prometheus defines histograms.
// Its size is fixed: 144 bytes.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millrace::metrics {

/// An upper bound of a bucket, inclusive.
struct DurationBound {
  std::chrono::nanoseconds duration;
  /// In seconds, as it is written in the label `le`.
  std::string_view text;
};

/// The buckets of all histograms. The last bucket has no bound.
inline constexpr std::array<DurationBound, 14> kDurationBounds = {{
    {std::chrono::microseconds(500), "0.0005"},
    {std::chrono::milliseconds(1), "0.001"},
    {std::chrono::microseconds(2500), "0.0025"},
    {std::chrono::milliseconds(5), "0.005"},
    {std::chrono::milliseconds(10), "0.01"},
    {std::chrono::milliseconds(25), "0.025"},
    {std::chrono::milliseconds(50), "0.05"},
    {std::chrono::milliseconds(100), "0.1"},
    {std::chrono::milliseconds(250), "0.25"},
    {std::chrono::milliseconds(500), "0.5"},
    {std::chrono::seconds(1), "1.0"},
    {std::chrono::milliseconds(2500), "2.5"},
    {std::chrono::seconds(5), "5.0"},
    {std::chrono::seconds(10), "10.0"},
}};

/// Belongs to the loop's thread.
class DurationHistogram {
 public:
  using Counts = std::array<std::uint64_t, kDurationBounds.size() + 1>;

  /// A negative duration counts as none.
  void observe(std::chrono::nanoseconds duration) {
    std::size_t bucket = 0;
    while (bucket < kDurationBounds.size() && duration > kDurationBounds[bucket].duration) {
      ++bucket;
    }
    ++counts_[bucket];
    if (duration.count() > 0) sum_ += static_cast<std::uint64_t>(duration.count());
    ++count_;
  }

  /// Returns the number of durations in each bucket, without those of the buckets below.
  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Returns the sum in seconds.
  [[nodiscard]] double sum() const { return static_cast<double>(sum_) / 1e9; }

 private:
  Counts counts_{};
  /// Nanoseconds: they last for 584 years of durations.
  std::uint64_t sum_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace millrace::metrics
