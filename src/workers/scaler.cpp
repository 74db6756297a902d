#include "workers/scaler.hpp"

#include <algorithm>
#include <cmath>

namespace millrace::workers {

namespace {

/// A busier worker has no time left for more requests.
constexpr double kFull = 0.9;
/// How busy the remaining workers may be after one has ended.
constexpr double kComfortable = 0.7;
/// A new worker affects the measurements only after a while.
constexpr std::chrono::milliseconds kBetweenStarts{1'000};

}  // namespace

std::size_t Scaler::update(const PoolLoad& load, net::Clock::time_point now) {
  if (wants_more(load, now)) {
    wanted_ = std::clamp(load.workers + 1, std::max(wanted_, limits_.min), limits_.max);
    grown_at_ = now;
    surplus_since_.reset();
    return wanted_;
  }
  const std::size_t enough = needed(load);
  if (enough >= wanted_) {
    surplus_since_.reset();
    return wanted_;
  }
  if (!surplus_since_) {
    surplus_since_ = now;
    peak_ = enough;
  }
  peak_ = std::max(peak_, enough);
  if (now - *surplus_since_ >= limits_.idle) {
    wanted_ = peak_;
    surplus_since_.reset();
  }
  return wanted_;
}

bool Scaler::wants_more(const PoolLoad& load, net::Clock::time_point now) const {
  if (load.workers >= limits_.max) return false;
  if (load.workers == 0) return load.queued > 0;
  // Workers that are starting must become ready before another is added.
  if (load.ready < load.workers) return false;
  if (load.queued > 0 && load.oldest_wait >= limits_.target_wait) return true;
  return load.busy >= kFull * static_cast<double>(load.ready) && now - grown_at_ >= kBetweenStarts;
}

std::size_t Scaler::needed(const PoolLoad& load) const {
  auto enough = static_cast<std::size_t>(std::ceil(load.busy / kComfortable));
  const bool in_use = load.used || load.in_flight > 0 || load.queued > 0;
  enough = std::max<std::size_t>(enough, in_use ? 1 : 0);
  if (!in_use) enough = 0;
  return std::clamp(enough, limits_.min, limits_.max);
}

std::optional<net::Clock::time_point> Scaler::next_check() const {
  if (!surplus_since_) return std::nullopt;
  return *surplus_since_ + limits_.idle;
}

}  // namespace millrace::workers
