#include "workers/crash_report.hpp"

#include <signal.h>

#include <algorithm>

namespace millrace::workers {

namespace {

/// If a process aborts with its heap this full, the heap limit was the reason.
constexpr double kFullHeap = 0.7;

/// How many routes the log line names.
constexpr std::size_t kMostNamed = 3;

bool streams_for_long(const InFlight& invocation) {
  return invocation.streaming_for && *invocation.streaming_for >= CrashReport::kLongStreaming;
}

}  // namespace

void CrashReport::drained() {
  if (std::holds_alternative<std::monostate>(server_action_)) server_action_ = Drained{};
}

void CrashReport::killed(metrics::WorkerEnd why, std::string_view reason) {
  if (!was_killed()) server_action_ = Killed{.why = why, .reason = std::string(reason)};
}

void CrashReport::failed(std::vector<InFlight> open) {
  in_flight_.insert(in_flight_.end(), overdue_.begin(), overdue_.end());
  overdue_.clear();
  // Handlers start in the order of their streams. The first stream after the newest one whose
  // response has begun is the most likely culprit; earlier streams are waiting for something.
  std::sort(open.begin(), open.end(), [this](const InFlight& a, const InFlight& b) {
    const bool a_waits = a.stream < last_response_;
    const bool b_waits = b.stream < last_response_;
    return a_waits != b_waits ? b_waits : a.stream < b.stream;
  });
  in_flight_.insert(in_flight_.end(), open.begin(), open.end());
}

std::vector<std::uint32_t> CrashReport::suspects(std::uint32_t generation) const {
  const bool only_long_streams =
      std::all_of(in_flight_.begin(), in_flight_.end(), streams_for_long);
  std::vector<std::uint32_t> routes;
  for (const InFlight& one : in_flight_) {
    if (one.generation != generation || (streams_for_long(one) && !only_long_streams)) continue;
    routes.push_back(one.route);
  }
  std::sort(routes.begin(), routes.end());
  routes.erase(std::unique(routes.begin(), routes.end()), routes.end());
  return routes;
}

bool CrashReport::ended_as_asked() const {
  if (!std::holds_alternative<Drained>(server_action_) || !exit_ || !in_flight_.empty())
    return false;
  // The project's signal handlers may end it with any exit code, or by the same signal.
  return exit_->signal == 0 || exit_->signal == SIGTERM || exit_->signal == SIGINT;
}

bool CrashReport::killed_from_outside() const {
  return !was_killed() && exit_ && exit_->signal == SIGKILL;
}

bool CrashReport::out_of_memory(std::uint64_t heap_used) const {
  const auto used = static_cast<double>(heap_used);
  const auto limit = static_cast<double>(heap_limit_);
  return exit_ && exit_->signal == SIGABRT && limit > 0 && used > kFullHeap * limit;
}

metrics::WorkerEnd CrashReport::end(std::uint64_t heap_used, bool replaced) const {
  using End = metrics::WorkerEnd;
  if (const auto* const killed = std::get_if<Killed>(&server_action_)) return killed->why;
  if (ended_as_asked()) return replaced ? End::replaced : End::drained;
  if (out_of_memory(heap_used)) return End::out_of_memory;
  return exit_ && exit_->signal != 0 ? End::signal : End::exited;
}

std::string CrashReport::cause(std::uint64_t heap_used) const {
  if (const auto* const killed = std::get_if<Killed>(&server_action_))
    return "killed: " + killed->reason;
  const Exit exit = exit_.value_or(Exit{});
  return exit.to_string() + (out_of_memory(heap_used) ? ", out of memory" : "");
}

std::string CrashReport::name_in_flight(pid_t pid, const Load& load) const {
  if (in_flight_.empty()) return {};
  std::string text = "; in flight: ";
  std::vector<std::uint32_t> named;
  for (const InFlight& one : in_flight_) {
    if (named.size() == kMostNamed) break;
    if (std::find(named.begin(), named.end(), one.route) != named.end()) continue;
    if (!named.empty()) text += ", ";
    text += load.path_of(one.route);
    text += " (request " + std::to_string(pid) + "-" + std::to_string(one.stream) + ")";
    named.push_back(one.route);
  }
  if (in_flight_.size() > named.size()) {
    text += ", " + std::to_string(in_flight_.size()) + " requests in total";
  }
  return text;
}

}  // namespace millrace::workers
