#include "workers/watchdog.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace millrace::workers {

namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using Limit = Overrun::Limit;

/// A worker in which a route has just exceeded its deadline gets less than the usual time to
/// respond.
constexpr milliseconds kTimeoutAfterDeadline{1'000};

/// An idle worker gets this many times the limit, because what it waits for may be slow.
constexpr int kIdleFactor = 6;
/// A worker that cannot be spared is kept for this many times the limit.
constexpr int kFarFactor = 4;

/// The interval between two measurements is an eighth of the limit, within these bounds.
constexpr milliseconds kShortestInterval{10};
constexpr milliseconds kLongestInterval{250};
static_assert(kLongestInterval < SpentTime::kLongestInterval);

/// Formats a time as "5.1 s".
std::string seconds(nanoseconds time) {
  const auto tenths = std::chrono::duration_cast<milliseconds>(time).count() / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string_view describe_overrun(Limit limit, bool ready) {
  if (limit == Limit::drain) return "not drained in time: it";
  if (limit == Limit::blocked || limit == Limit::deadline) {
    return "blocked: its event loop did not turn while it";
  }
  return ready ? "blocked: its event loop did not turn while it loaded modules and"
               : "not ready in time: it";
}

/// How a worker has spent its time, compared with a limit.
struct Use {
  nanoseconds used{0};
  nanoseconds idle{0};
  nanoseconds limit{0};
  /// While draining, idle time counts in full, because the worker may be waiting for clients that
  /// never disconnect.
  bool drains = false;

  [[nodiscard]] nanoseconds counted() const { return drains ? used + idle : used; }
  [[nodiscard]] nanoseconds most_idle() const { return limit * kIdleFactor; }
  [[nodiscard]] bool worked() const { return counted() >= limit; }
  [[nodiscard]] bool late() const { return worked() || idle >= most_idle(); }
  [[nodiscard]] bool far() const {
    return used >= limit * kFarFactor || idle >= most_idle() * kFarFactor;
  }

  /// Returns "used 5.1 s of CPU (limit 5.0 s)".
  [[nodiscard]] std::string to_string() const {
    const std::string most = " (limit " + seconds(worked() ? limit : most_idle()) + ")";
    if (drains) return "took " + seconds(counted()) + " of its own time" + most;
    return worked() ? "used " + seconds(used) + " of CPU" + most
                    : "did nothing for " + seconds(idle) + most;
  }
};

}  // namespace

std::uint64_t Watchdog::pinged(net::Clock::time_point now) {
  pulse_.pinged(now);
  pinged_at_ = now;
  return ++pings_;
}

bool Watchdog::ponged(std::uint64_t number, net::Clock::time_point now) {
  if (pings_ == 0) return false;
  // An earlier ping may be acknowledged after a later one was sent; the last ping counts.
  lag_ = now - pinged_at_;
  if (number >= overdue_ping_) overdue_since_.reset();
  return true;
}

std::optional<std::uint64_t> Watchdog::deadline_passed(net::Clock::time_point now) {
  if (overdue_since_ || subject_.state() != WorkerState::ready) return std::nullopt;
  // A pong in transit may be older than the abort: only the pong to this ping counts.
  overdue_since_ = now;
  overdue_ping_ = pinged(now);
  return overdue_ping_;
}

bool Watchdog::frame_received() {
  const bool again = pulse_.frame_received();
  if (spent_.since() && subject_.state() == WorkerState::ready) {
    // The loop has turned, unless the frame came from another thread than the one being watched.
    if (!overdue_since_ || *spent_.since() < *overdue_since_) spent_.stop();
  }
  return again;
}

std::optional<Watchdog::Awaited> Watchdog::awaited(Allowance allowance) const {
  if (!subject_.accountable()) return std::nullopt;
  const Awaited start{.limit = Limit::start, .time = limits_.start * allowance.start};
  switch (subject_.state()) {
    case WorkerState::starting:
      return start;
    case WorkerState::draining:
      return Awaited{.limit = Limit::drain, .time = limits_.drain};
    case WorkerState::ready:
      break;
    case WorkerState::dead:
      return std::nullopt;
  }
  // Frames from other threads clear the pending ping, but say nothing about the thread that is
  // held.
  if (limits_.blocked.count() + limits_.held.count() == 0) return std::nullopt;
  if (!awaits_pong() && !overdue_since_) return std::nullopt;
  if (subject_.activity() != Activity::serving) return start;
  if (overdue_since_) {
    // A thread that is blocked makes no progress with anything else either.
    return Awaited{.limit = Limit::deadline,
                   .time = std::min(limits_.blocked, kTimeoutAfterDeadline)};
  }
  return Awaited{.limit = Limit::blocked, .time = limits_.blocked * allowance.blocked};
}

milliseconds Watchdog::first_limit(const Awaited& awaited) const {
  const bool can_be_held = awaited.limit == Limit::blocked || awaited.limit == Limit::deadline;
  if (!can_be_held || limits_.held.count() == 0) return awaited.time;
  return awaited.time.count() == 0 ? limits_.held : std::min(awaited.time, limits_.held);
}

bool Watchdog::held() const {
  if (limits_.held.count() == 0 || !spent_.since()) return false;
  if (subject_.state() != WorkerState::ready || subject_.activity() != Activity::serving) {
    return false;
  }
  return spent_.used() + spent_.idle() >= limits_.held;
}

std::optional<Overrun> Watchdog::overrun(net::Clock::time_point now, Allowance allowance) {
  const auto awaited = this->awaited(allowance);
  if (!awaited || first_limit(*awaited).count() == 0) {
    spent_.stop();
    return std::nullopt;
  }
  measure(now, *awaited);
  if (awaited->time.count() == 0) return std::nullopt;
  const Use use{.used = spent_.used(),
                .idle = spent_.idle(),
                .limit = awaited->time,
                .drains = awaited->limit == Limit::drain};
  if (!use.late()) {
    arrived_when_late_.reset();
    return std::nullopt;
  }
  if (!has_read_input()) return std::nullopt;
  const bool ready = subject_.state() == WorkerState::ready;
  return Overrun{
      .limit = awaited->limit,
      .reason = std::string(describe_overrun(awaited->limit, ready)) + " " + use.to_string(),
      .far = use.far()};
}

/// The server itself may be late: it first reads everything that the worker had sent when it was
/// found late.
bool Watchdog::has_read_input() {
  const LinkProgress link = subject_.link_progress();
  if (link.read_by_worker) {
    // The worker's frames are not read before it has read those that wait for it; progress in
    // reading shows that it is alive.
    if (std::exchange(read_by_worker_, *link.read_by_worker) == *link.read_by_worker) return true;
    arrived_when_late_.reset();
    spent_.stop();
    return false;
  }
  if (!arrived_when_late_) arrived_when_late_ = link.arrived;
  return link.read >= *arrived_when_late_ || link.closed;
}

void Watchdog::measure(net::Clock::time_point now, const Awaited& awaited) {
  if (spent_.since() && now < next_check_) return;
  const auto threads = subject_.threads();
  if (spent_.since()) {
    spent_.update(now, threads);
  } else {
    spent_.begin(now, threads);
  }
  next_check_ =
      now + std::clamp<milliseconds>(first_limit(awaited) / 8, kShortestInterval, kLongestInterval);
}

std::optional<net::Clock::time_point> Watchdog::next_check(
    net::Clock::time_point state_since) const {
  const auto awaited = this->awaited({});
  if (!awaited || first_limit(*awaited).count() == 0) return std::nullopt;
  return spent_.since() ? next_check_ : state_since;
}

}  // namespace millrace::workers
