// PoolMetrics counts what happens in the pools of one name: how long invocations wait, which are
// refused, when and why workers start and end, what routes cost. It outlives the pools, so that the
// numbers continue when a build is deployed.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "metrics/counter.hpp"
#include "metrics/duration_histogram.hpp"
#include "metrics/route_labels.hpp"

namespace millrace::metrics {

/// Why a worker has ended.
enum class WorkerEnd : std::uint8_t {
  /// As it was told, for fewer workers, a new build or the shutdown.
  drained,
  /// As it was told, to be replaced: it is too large, its stream numbers are used up.
  replaced,
  /// By itself, with an exit code.
  exited,
  /// By a signal, or by another process.
  signal,
  out_of_memory,
  /// Killed: it exceeded its pool's hard limit of memory.
  memory_limit,
  /// Killed: its event loop did not turn.
  blocked,
  /// Killed: its event loop did not turn after the deadline of an invocation.
  deadline,
  /// Killed: it did not become ready in time.
  start_timeout,
  /// Killed: it did not finish its invocations in time.
  drain_timeout,
  /// Killed: it could not load its routes.
  load_failed,
  /// Killed: it violated the protocol of the link.
  protocol_error,
};

/// The values of the label `cause`, by WorkerEnd.
inline constexpr std::array<std::string_view, 12> kWorkerEnds = {
    "drained", "replaced", "exited",        "signal",        "out_of_memory", "memory_limit",
    "blocked", "deadline", "start_timeout", "drain_timeout", "load_failed",   "protocol_error"};

/// Why an invocation has not been given to a worker.
enum class Refusal : std::uint8_t {
  queue_full,
  queue_timeout,
  no_worker,
  quarantine,
  draining,
  /// Its workers have as many upgraded connections as they may have.
  upgrades,
};

/// The values of the label `reason`, by Refusal.
inline constexpr std::array<std::string_view, 6> kRefusals = {
    "queue_full", "queue_timeout", "no_worker", "quarantine", "draining", "upgrades"};

/// What a route has cost.
struct RouteCosts {
  std::uint64_t invocations = 0;
  std::uint64_t cpu_us = 0;
};

/// Belongs to the loop's thread.
class PoolMetrics {
 public:
  /// An invocation was given to a worker after it has waited for `waited`.
  void opened(std::chrono::nanoseconds waited) { queue_.observe(waited); }
  /// Invocations were taken back from a worker that had not read them.
  void taken_back(std::size_t count) { taken_back_.add(count); }
  void refused(Refusal reason) { refusals_[static_cast<std::size_t>(reason)].add(); }
  void worker_started() { starts_.add(); }
  void worker_ended(WorkerEnd cause) { ends_[static_cast<std::size_t>(cause)].add(); }
  /// A worker reports its longest turn, and the CPU time that it has used since its last report.
  void sampled(std::chrono::nanoseconds longest_turn, std::chrono::nanoseconds cpu) {
    turns_.observe(longest_turn);
    cpu_us_.add(static_cast<std::uint64_t>(cpu.count()) / 1000);
  }
  /// Adds to the costs of the route with that label.
  void charged(RouteLabels::Number label, const RouteCosts& costs) {
    if (label >= costs_.size()) costs_.resize(std::size_t{label} + 1);
    costs_[label].invocations += costs.invocations;
    costs_[label].cpu_us += costs.cpu_us;
  }

  [[nodiscard]] const DurationHistogram& queue() const { return queue_; }
  [[nodiscard]] const DurationHistogram& turns() const { return turns_; }
  [[nodiscard]] std::uint64_t taken_back() const { return taken_back_.value(); }
  [[nodiscard]] std::uint64_t cpu_us() const { return cpu_us_.value(); }
  [[nodiscard]] std::uint64_t starts() const { return starts_.value(); }
  [[nodiscard]] std::uint64_t refusals(Refusal reason) const {
    return refusals_[static_cast<std::size_t>(reason)].value();
  }
  [[nodiscard]] std::uint64_t ends(WorkerEnd cause) const {
    return ends_[static_cast<std::size_t>(cause)].value();
  }
  /// Returns the costs by label; there may be fewer than labels.
  [[nodiscard]] const std::vector<RouteCosts>& costs() const { return costs_; }

 private:
  DurationHistogram queue_;
  DurationHistogram turns_;
  Counter cpu_us_;
  Counter starts_;
  Counter taken_back_;
  std::array<Counter, kRefusals.size()> refusals_;
  std::array<Counter, kWorkerEnds.size()> ends_;
  std::vector<RouteCosts> costs_;
};

}  // namespace millrace::metrics
