// What a worker does with its time while something is awaited of it: whether it is past a limit.
#include <algorithm>
#include <string>
#include <utility>

#include "workers/worker_handle.hpp"

namespace millrace::workers {

namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using Limit = Overrun::Limit;

/// A worker in which a route has just run too long is not given the usual time to answer.
constexpr milliseconds kPatienceAfterDeadline{1'000};

/// A worker that does nothing gets so many times the limit: what it waits for may be slow.
constexpr int kIdleFactor = 6;
/// One that cannot be spared is kept for so many times the limit.
constexpr int kFarFactor = 4;

/// Between two looks: an eighth of the limit, within these.
constexpr milliseconds kShortestLook{10};
constexpr milliseconds kLongestLook{250};
static_assert(kLongestLook < SpentTime::kLongestInterval);

/// "5.1 s".
std::string seconds(nanoseconds time) {
  const auto tenths = std::chrono::duration_cast<milliseconds>(time).count() / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string_view what_is_late(Limit limit, bool ready) {
  if (limit == Limit::drain) return "not drained in time: it";
  if (limit == Limit::blocked || limit == Limit::deadline) {
    return "blocked: its event loop did not turn while it";
  }
  return ready ? "blocked: its event loop did not turn while it loaded modules and"
               : "not ready in time: it";
}

}  // namespace

std::optional<WorkerHandle::Awaited> WorkerHandle::awaited(Allowance allowance) const {
  // One that is killed or runs in this process has nothing more to answer for.
  if (!process_ || !killed_because_.empty()) return std::nullopt;
  const Awaited start{.limit = Limit::start, .time = limits_.start * allowance.start};
  switch (state_) {
    case WorkerState::starting:
      return start;
    case WorkerState::draining:
      return Awaited{.limit = Limit::drain, .time = limits_.drain};
    case WorkerState::ready:
      break;
    case WorkerState::dead:
      return std::nullopt;
  }
  // Frames of its other threads end the wait for a pong, but are no sign of the one that is held.
  if (limits_.blocked.count() + limits_.held.count() == 0) return std::nullopt;
  if (!pulse_.pinged_at() && !overdue_since_) return std::nullopt;
  if (loading_ || snapshots_open_ > 0) return start;
  if (overdue_since_) {
    // Where it is blocked, nothing else in it gets on either.
    return Awaited{.limit = Limit::deadline,
                   .time = std::min(limits_.blocked, kPatienceAfterDeadline)};
  }
  return Awaited{.limit = Limit::blocked, .time = limits_.blocked * allowance.blocked};
}

milliseconds WorkerHandle::first_limit(const Awaited& awaited) const {
  const bool can_be_held = awaited.limit == Limit::blocked || awaited.limit == Limit::deadline;
  if (!can_be_held || limits_.held.count() == 0) return awaited.time;
  return awaited.time.count() == 0 ? limits_.held : std::min(awaited.time, limits_.held);
}

bool WorkerHandle::held() const {
  if (limits_.held.count() == 0 || state_ != WorkerState::ready || !spent_.since()) return false;
  if (loading_ || snapshots_open_ > 0) return false;
  return spent_.used() + spent_.idle() >= limits_.held;
}

std::optional<Overrun> WorkerHandle::overrun(net::Clock::time_point now, Allowance allowance) {
  const auto awaited = this->awaited(allowance);
  if (!awaited || first_limit(*awaited).count() == 0) {
    spent_.stop();
    return std::nullopt;
  }
  look(now, *awaited);
  if (awaited->time.count() == 0) return std::nullopt;
  const nanoseconds used = spent_.used();
  const nanoseconds idle = spent_.idle();
  // To come to its end a worker may wait only as long as it may work: for clients that do not go.
  const bool drains = awaited->limit == Limit::drain;
  const nanoseconds counted = drains ? used + idle : used;
  const nanoseconds most_idle = awaited->time * kIdleFactor;
  const bool worked = counted >= awaited->time;
  const bool late = worked || idle >= most_idle;
  if (!late) {
    said_by_then_.reset();
    return std::nullopt;
  }
  // This process may be late itself: what the worker has said till now is heard first.
  if (const auto read = channel_->read_while_held_back()) {
    // What it says is not heard before it has read what waits for it: that it does is the sign.
    if (std::exchange(read_by_then_, *read) != *read) {
      said_by_then_.reset();
      spent_.stop();
      return std::nullopt;
    }
  } else {
    if (!said_by_then_) said_by_then_ = channel_->bytes_arrived();
    if (channel_->bytes_read() < *said_by_then_ && !channel_->closed()) return std::nullopt;
  }
  Overrun found{.limit = awaited->limit, .reason = {}};
  found.reason = what_is_late(awaited->limit, state_ == WorkerState::ready);
  if (drains) {
    found.reason += " took " + seconds(counted) + " of its own time (limit ";
  } else {
    found.reason += worked ? " used " + seconds(used) + " of CPU (limit "
                           : " did nothing for " + seconds(idle) + " (limit ";
  }
  found.reason += seconds(worked ? nanoseconds(awaited->time) : most_idle) + ")";
  found.far = used >= awaited->time * kFarFactor || idle >= most_idle * kFarFactor;
  return found;
}

void WorkerHandle::look(net::Clock::time_point now, const Awaited& awaited) {
  if (spent_.since() && now < next_look_) return;
  const auto threads = read_threads(pid_, role_.threaded);
  if (spent_.since()) {
    spent_.look(now, threads);
  } else {
    spent_.begin(now, threads);
  }
  next_look_ =
      now + std::clamp<milliseconds>(first_limit(awaited) / 8, kShortestLook, kLongestLook);
}

std::optional<net::Clock::time_point> WorkerHandle::next_look() const {
  const auto awaited = this->awaited({});
  if (!awaited || first_limit(*awaited).count() == 0) return std::nullopt;
  return spent_.since() ? next_look_ : state_since_;
}

void WorkerHandle::heard() {
  if (pulse_.heard()) observer_.on_worker_freed(*this);
  if (state_ != WorkerState::ready || !spent_.since()) return;
  // Its loop has turned, unless what came is of another thread than the one that is awaited.
  if (!overdue_since_ || *spent_.since() < *overdue_since_) spent_.stop();
}

void WorkerHandle::replace(std::string reason) {
  retires_because_ = std::move(reason);
  observer_.on_worker_late(*this);
}

bool WorkerHandle::on_loading(const link::Frame& frame) {
  if (!greeted_ || frame.stream != 0 || frame.payload.size() != 1) return false;
  loading_ = frame.payload.front() != 0;
  // What it has used so far was for the other.
  if (state_ == WorkerState::ready) spent_.stop();
  return true;
}

bool WorkerHandle::on_listening(const link::Frame& frame) {
  if (!greeted_ || frame.stream != 0 || frame.payload.size() != 1) return false;
  listening_ = frame.payload.front() != 0;
  return true;
}

}  // namespace millrace::workers
