// PoolMonitor checks a pool's workers periodically and reports on them: it samples them, replaces
// those that have grown too large, and logs the workers that are replaced or have died. It checks
// often while the pool is in use, and rarely while it is idle.
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

/// Whether invocations have arrived recently, measured in the pool's samplings.
class RecentUse {
 public:
  void mark() { since_sampling_ = true; }
  void sampled() { before_ = std::exchange(since_sampling_, false); }
  /// Returns whether one has arrived since the last sampling.
  [[nodiscard]] bool now() const { return since_sampling_; }
  /// Returns whether one has arrived since the last sampling, or between the two before.
  [[nodiscard]] bool lately() const { return since_sampling_ || before_; }

 private:
  bool since_sampling_ = false;
  bool before_ = false;
};

/// Belongs to the loop's thread.
class PoolMonitor {
 public:
  /// The monitor's interface to the pool.
  class Subject {
   public:
    Subject() = default;
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;
    virtual ~Subject() = default;

    /// Returns the living workers.
    [[nodiscard]] virtual std::span<WorkerHandle* const> workers() const = 0;
    /// Returns how many invocations are queued.
    [[nodiscard]] virtual std::size_t queued() const = 0;
    /// Returns the newest requested generation.
    [[nodiscard]] virtual const Load& newest() const = 0;
    /// The state of the workers has changed: the pool should reconsider them at the end of this
    /// turn.
    virtual void reconsider() = 0;
  };

  /// The references must outlive the monitor.
  PoolMonitor(net::EventLoop& loop, const PoolOptions& options, Quarantine& quarantine,
              WorkerServices& services, Subject& subject);

  /// Checks for the first time, and periodically from then on.
  void start();
  /// The pool drains: workers are no longer checked, and their ends are not reported.
  void stop();
  /// Another generation starts: discards the accounts of the previous one's routes.
  void restart() { accountant_.restart(); }

  /// An invocation has arrived.
  void used() {
    use_.mark();
    if (pace_ == Pace::idle) schedule_tick();
  }
  [[nodiscard]] bool used_lately() const { return use_.lately(); }

  // The pool forwards the events of its workers.
  void on_sample(WorkerHandle& worker);
  void on_late(const WorkerHandle& worker);
  void on_dead(const WorkerHandle& worker, net::Clock::time_point now);

  /// Checks all workers; also called periodically by the timer.
  void tick(net::Clock::time_point now);

  /// Returns how many workers have died since the start; last_death() is the cause of the last.
  [[nodiscard]] std::uint64_t deaths() const { return deaths_; }
  [[nodiscard]] const std::string& last_death() const { return last_death_; }
  /// Returns the costs of the newest generation's routes, most expensive first.
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
  /// Adds a worker's last sample to the metrics; `costs` are those of the newest generation.
  void count(const LinkSession& session, std::span<const RouteCost> costs) const;
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
