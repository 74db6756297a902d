#include "gateway/rate_table.hpp"

#include <algorithm>

namespace millrace::gateway {

Rate Rate::of(std::uint64_t requests, std::chrono::milliseconds window, std::uint64_t burst) {
  // 36 years, so that sums of times do not overflow.
  constexpr std::uint64_t kLongest = 1ULL << 60U;
  const auto whole = static_cast<std::uint64_t>(Time(window).count());
  const std::uint64_t interval = std::max<std::uint64_t>(whole / requests, 1);
  const std::uint64_t tolerance = burst > kLongest / interval ? kLongest : burst * interval;
  return {.interval = Time(interval), .tolerance = Time(tolerance)};
}

RateVerdict RateTable::ask(std::uint64_t key, const Rate& rate,
                           std::chrono::nanoseconds now) const {
  const Entry* const set = set_of(key);
  const Entry* const known =
      std::find_if(set, set + kWays, [key](const Entry& entry) { return entry.key == key; });
  std::int64_t arrival = now.count();
  if (known != set + kWays) arrival = std::max(arrival, known->arrival);
  const std::int64_t ahead = arrival + rate.interval.count() - now.count();
  const std::int64_t room = rate.tolerance.count() - ahead;
  if (room < 0) return {.allowed = false, .remaining = 0, .reset = Rate::Time(-room), .next = 0};
  return {.allowed = true,
          .remaining = static_cast<std::uint64_t>(room / rate.interval.count()),
          .reset = Rate::Time(ahead),
          .next = now.count() + ahead};
}

void RateTable::take(std::uint64_t key, const RateVerdict& verdict) {
  Entry* const set = &entries_[(key % kSets) * kWays];
  Entry* to = std::find_if(set, set + kWays, [key](const Entry& e) { return e.key == key; });
  if (to == set + kWays) {
    // Those that have expired are the first of this order.
    to = std::min_element(set, set + kWays,
                          [](const Entry& a, const Entry& b) { return a.arrival < b.arrival; });
  }
  *to = {.key = key, .arrival = verdict.next};
}

}  // namespace millrace::gateway
