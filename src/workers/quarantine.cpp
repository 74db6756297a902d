#include "workers/quarantine.hpp"

#include <algorithm>

namespace millrace::workers {

namespace {

constexpr std::uint32_t kMostStrikes = 1000;

std::chrono::milliseconds pause_after(std::uint32_t strikes) {
  const auto doublings = std::min(strikes - Quarantine::kStrikes, 10U);
  return std::min(Quarantine::kFirstPause * (1U << doublings), Quarantine::kLongestPause);
}

}  // namespace

bool Quarantine::admits(std::uint32_t route, net::Clock::time_point now) {
  if (struck_ == 0 || route >= records_.size()) return true;
  Record& record = records_[route];
  if (record.strikes < kStrikes) return true;
  if (now < record.until) return false;
  // Whoever comes while this one tries would only be hurt with it.
  record.until = now + pause_after(record.strikes);
  return true;
}

std::chrono::milliseconds Quarantine::strike(std::uint32_t route, net::Clock::time_point now) {
  if (route >= records_.size()) return {};
  Record& record = records_[route];
  if (record.strikes == 0) ++struck_;
  // More strikes than pauses have doublings make no difference.
  record.strikes = std::min(record.strikes + 1, kMostStrikes);
  if (record.strikes < kStrikes) return {};
  const auto pause = pause_after(record.strikes);
  record.until = now + pause;
  return pause;
}

}  // namespace millrace::workers
