#include "workers/quarantine.hpp"

#include <algorithm>

namespace millrace::workers {

namespace {

constexpr std::uint32_t kMostCrashes = 1000;

std::chrono::milliseconds pause_after(std::uint32_t crashes) {
  const auto doublings = std::min(crashes - Quarantine::kCrashesToPause, 10U);
  return std::min(Quarantine::kFirstPause * (1U << doublings), Quarantine::kLongestPause);
}

}  // namespace

bool Quarantine::admits(std::uint32_t route, net::Clock::time_point now) {
  if (routes_crashed_ == 0 || route >= records_.size()) return true;
  Record& record = records_[route];
  if (record.crashes < kCrashesToPause) return true;
  if (now < record.until) return false;
  // Other requests would only fail together with this one if it crashes again.
  record.until = now + pause_after(record.crashes);
  return true;
}

std::chrono::milliseconds Quarantine::record_crash(std::uint32_t route,
                                                   net::Clock::time_point now) {
  if (route >= records_.size()) return {};
  Record& record = records_[route];
  if (record.crashes == 0) ++routes_crashed_;
  // Bounded: the pause does not double any further.
  record.crashes = std::min(record.crashes + 1, kMostCrashes);
  if (record.crashes < kCrashesToPause) return {};
  const auto pause = pause_after(record.crashes);
  record.until = now + pause;
  return pause;
}

}  // namespace millrace::workers
