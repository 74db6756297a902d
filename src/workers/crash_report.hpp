// CrashReport records, while a worker lives, what will explain its end: what the server did to it,
// which invocations have exceeded their deadlines, and which were in flight when it ended. It
// produces the log line about the end and the routes suspected of causing it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "metrics/pool_metrics.hpp"
#include "workers/child_process.hpp"
#include "workers/load.hpp"

namespace millrace::workers {

/// An invocation that was in flight when its worker ended.
struct InFlight {
  std::uint32_t generation = 0;
  std::uint32_t route = 0;
  std::uint64_t stream = 0;
  /// How long its response had been streaming; nullopt if it was not streaming.
  std::optional<std::chrono::milliseconds> streaming_for = std::nullopt;
};

/// Describes one worker. Gets the time only as an argument. Belongs to the loop's thread.
class CrashReport {
 public:
  /// A response that has been streaming for this long is not suspected if other invocations were in
  /// flight: the code that started it ran long ago.
  static constexpr std::chrono::milliseconds kLongStreaming{10'000};

  /// `heap_limit` is the limit of the worker's heap in bytes, which may explain its end; 0 if
  /// unknown.
  explicit CrashReport(std::uint64_t heap_limit = 0) : heap_limit_(heap_limit) {}

  /// The response of an invocation has begun.
  void response_begun(std::uint64_t stream) {
    if (stream > last_response_) last_response_ = stream;
  }

  /// The deadline of an invocation has passed. It counts as in flight until the event loop turns.
  void expired(const InFlight& invocation) { overdue_.push_back(invocation); }
  /// The event loop has turned, so invocations past their deadline are waiting and do not block it.
  void loop_turned() { overdue_.clear(); }

  /// The server has told the worker to drain.
  void drained();
  /// The server kills the worker; only the first reason is recorded.
  void killed(metrics::WorkerEnd why, std::string_view reason);
  [[nodiscard]] bool was_killed() const { return std::holds_alternative<Killed>(server_action_); }

  /// The invocations that were open fail now.
  void failed(std::vector<InFlight> open);

  /// The process has ended.
  void exited(Exit exit) { exit_ = exit; }
  [[nodiscard]] bool has_exited() const { return exit_.has_value(); }

  /// Returns the invocations that were in flight when the worker ended, and those past their
  /// deadline that had blocked it since, most likely culprit first.
  [[nodiscard]] const std::vector<InFlight>& in_flight_at_exit() const { return in_flight_; }

  /// Returns the routes of a generation that may have ended the worker, each once. Every route in
  /// flight is suspected, except that responses that have been streaming for kLongStreaming count
  /// only if nothing else was in flight.
  [[nodiscard]] std::vector<std::uint32_t> suspects(std::uint32_t generation) const;

  /// Returns whether the worker was drained and ended cleanly.
  [[nodiscard]] bool ended_as_asked() const;
  /// Returns whether a process other than the server killed it; then no route is suspected.
  [[nodiscard]] bool killed_from_outside() const;

  /// Returns the cause for metrics. `heap_used` as for cause(). `replaced`: the worker was marked
  /// for replacement.
  [[nodiscard]] metrics::WorkerEnd end(std::uint64_t heap_used, bool replaced) const;

  /// Returns the cause for the log: "exit code 1", "killed: blocked …", "signal 6 (Aborted), out of
  /// memory". `heap_used` is the worker's last reported heap usage in bytes.
  [[nodiscard]] std::string cause(std::uint64_t heap_used) const;

  /// Returns the invocations in flight for the log: "; in flight: /api/a (request 12-3), …", or ""
  /// if there were none. `pid` is the worker's process id, part of the request ids that it logs.
  [[nodiscard]] std::string name_in_flight(pid_t pid, const Load& load) const;

 private:
  struct Drained {};
  struct Killed {
    metrics::WorkerEnd why;
    std::string reason;
  };

  /// Whether it aborted because its heap was full.
  [[nodiscard]] bool out_of_memory(std::uint64_t heap_used) const;

  std::uint64_t heap_limit_;
  /// The newest stream whose response has begun.
  std::uint64_t last_response_ = 0;
  /// Invocations past their deadline; the event loop has not turned since.
  std::vector<InFlight> overdue_;
  std::vector<InFlight> in_flight_;
  /// What the server did to end the worker.
  std::variant<std::monostate, Drained, Killed> server_action_;
  std::optional<Exit> exit_;
};

}  // namespace millrace::workers
