// PoolMonitor looks at a pool's workers from time to time and tells of them: it samples them,
// replaces those that have grown too large, and writes the lines about workers that are replaced or
// have died. It looks often while the pool is in use, and seldom while it is not.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "net/event_loop.hpp"
#include "net/timer.hpp"
#include "workers/leak_accountant.hpp"
#include "workers/load.hpp"
#include "workers/pool_options.hpp"
#include "workers/quarantine.hpp"
#include "workers/worker_handle.hpp"
#include "workers/worker_services.hpp"

namespace millrace::workers {

/// Whether invocations have come of late, by the samplings of a pool.
class RecentUse {
 public:
  void mark() { since_sampling_ = true; }
  void sampled() { before_ = std::exchange(since_sampling_, false); }
  /// Whether one has come since the last sampling.
  [[nodiscard]] bool now() const { return since_sampling_; }
  /// Whether one has come since the last sampling, or between the two before.
  [[nodiscard]] bool lately() const { return since_sampling_ || before_; }

 private:
  bool since_sampling_ = false;
  bool before_ = false;
};

/// Belongs to the loop's thread.
class PoolMonitor {
 public:
  /// The pool, as the monitor looks at it.
  class Subject {
   public:
    Subject() = default;
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;
    virtual ~Subject() = default;

    /// Returns the workers that are alive.
    [[nodiscard]] virtual std::span<WorkerHandle* const> workers() const = 0;
    /// Returns how many invocations wait.
    [[nodiscard]] virtual std::size_t queued() const = 0;
    /// Returns the newest generation that was asked for.
    [[nodiscard]] virtual const Load& newest() const = 0;
    /// The workers are not as they were: the pool is to go through them, at this turn's end.
    virtual void reconsider() = 0;
  };

  /// The references outlive the monitor.
  PoolMonitor(net::EventLoop& loop, const PoolOptions& options, Quarantine& quarantine,
              WorkerServices& services, Subject& subject);

  /// Looks for the first time, and from now on.
  void start();
  /// The pool drains: no worker is looked at any more, and none that ends is a loss.
  void stop();
  /// Another generation: what is known of routes is of the one before.
  void restart() { accountant_.restart(); }

  /// An invocation has come.
  void used() {
    use_.mark();
    if (pace_ == Pace::idle) schedule_tick();
  }
  [[nodiscard]] bool used_lately() const { return use_.lately(); }

  // The pool passes on what it hears of its workers.
  void on_sample(WorkerHandle& worker);
  void on_late(const WorkerHandle& worker);
  void on_dead(const WorkerHandle& worker, net::Clock::time_point now);

  /// Looks at all workers, as it does by itself from time to time.
  void tick(net::Clock::time_point now);

  /// How many workers have died since the start, and how the last one did.
  [[nodiscard]] std::uint64_t deaths() const { return deaths_; }
  [[nodiscard]] const std::string& last_death() const { return last_death_; }
  /// Returns what routes of the newest generation have cost, the dearest first.
  [[nodiscard]] std::vector<RouteAccount> accounts() const { return accountant_.accounts(); }

 private:
  enum class Pace : std::uint8_t { idle, in_use, stopped };

  [[nodiscard]] std::chrono::milliseconds sampling_interval() const;
  void schedule_tick();
  void check(WorkerHandle& worker);
  void check_memory(WorkerHandle& worker);
  void mark_for_replacement(WorkerHandle& worker, std::string reason);
  void record_crash(const WorkerHandle& worker, net::Clock::time_point now);
  [[nodiscard]] std::vector<RouteCost> costs_of(const Sample& sample) const;
  [[nodiscard]] std::string describe(const WorkerHandle& worker) const;

  const PoolOptions& options_;
  Quarantine& quarantine_;
  WorkerServices& services_;
  Subject& subject_;
  LeakAccountant accountant_;
  net::Timer timer_;
  Pace pace_ = Pace::idle;
  RecentUse use_;
  net::Clock::time_point sampled_at_{};
  std::uint64_t deaths_ = 0;
  std::string last_death_;
};

}  // namespace millrace::workers
