// CrashReport gathers what explains a worker's end while the worker lives: what the server did to
// it, which of its invocations have overstayed, which were inside when it ended. From it come the
// line in the log and the routes that are suspected of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "workers/child_process.hpp"
#include "workers/load.hpp"

namespace millrace::workers {

/// An invocation that was inside a worker when it ended.
struct InFlight {
  std::uint32_t generation = 0;
  std::uint32_t route = 0;
  std::uint64_t stream = 0;
  /// How long its response had been streaming; nothing where it was not.
  std::optional<std::chrono::milliseconds> streaming_for = std::nullopt;
};

/// Describes one worker. Knows time only as the argument. Belongs to the loop's thread.
class CrashReport {
 public:
  /// A response that has been streaming for so long is not suspected where other invocations were
  /// in flight: what its handler did to begin is long over.
  static constexpr std::chrono::milliseconds kLongStreaming{10'000};

  /// `heap_limit` is that of the worker's heap in bytes, by which its end may be explained; 0 means
  /// that it is not known.
  explicit CrashReport(std::uint64_t heap_limit = 0) : heap_limit_(heap_limit) {}

  /// An invocation's response has begun.
  void response_begun(std::uint64_t stream) {
    if (stream > last_response_) last_response_ = stream;
  }

  /// An invocation's deadline has passed. It counts as in flight until the event loop turns.
  void expired(const InFlight& invocation) { overdue_.push_back(invocation); }
  /// The event loop has turned: what took too long waits for something, and holds nothing up.
  void loop_turned() { overdue_.clear(); }

  /// The server asks it to end.
  void drained();
  /// The server kills it; the first reason counts.
  void killed(std::string_view reason);
  [[nodiscard]] bool was_killed() const { return std::holds_alternative<Killed>(told_); }

  /// The invocations that were open fail now.
  void failed(std::vector<InFlight> open);

  /// The process has ended.
  void exited(Exit exit) { exit_ = exit; }
  [[nodiscard]] bool has_exited() const { return exit_.has_value(); }

  /// Returns the invocations that were inside when the worker ended, and those that had just
  /// expired and held it, the likeliest to have ended it first.
  [[nodiscard]] const std::vector<InFlight>& in_flight_at_exit() const { return in_flight_; }

  /// Returns the routes of a generation that may have ended the worker, each once. All that were in
  /// flight are suspected, but responses that have been streaming for long (kLongStreaming) only
  /// where nothing else was.
  [[nodiscard]] std::vector<std::uint32_t> suspects(std::uint32_t generation) const;

  /// Whether the worker was drained, and has ended well.
  [[nodiscard]] bool ended_as_asked() const;
  /// Whether somebody else has killed it: no route is suspected then.
  [[nodiscard]] bool killed_from_outside() const;

  /// Returns the cause as the log has it: "exit code 1", "killed: blocked …", "signal 6 (Aborted),
  /// out of memory". `heap_used` is in bytes, as the worker said last.
  [[nodiscard]] std::string cause(std::uint64_t heap_used) const;

  /// Returns what was in flight as the log has it: "; at hand: /api/a (request 12-3), …", or ""
  /// where nothing was. `pid` is the worker's, by which it names its requests.
  [[nodiscard]] std::string name_in_flight(pid_t pid, const Load& load) const;

 private:
  struct Drained {};
  struct Killed {
    std::string reason;
  };

  std::uint64_t heap_limit_;
  /// The newest stream whose response has begun.
  std::uint64_t last_response_ = 0;
  /// Expired, and the event loop has not turned since.
  std::vector<InFlight> overdue_;
  std::vector<InFlight> in_flight_;
  /// What the server did to end it.
  std::variant<std::monostate, Drained, Killed> told_;
  std::optional<Exit> exit_;
};

}  // namespace millrace::workers
