// The supervisor keeps a number of workers alive. All its decisions are in reconcile(now): expire
// workers past a limit, reap the dead, cull surplus and replaced ones, spawn the missing, and
// return when to be called again. The last serving worker is not ended before another is ready, and
// limits grow with each worker that was ended for being slow. The supervisor gets the time only as
// an argument and accesses processes only through two interfaces, so that tests use a fake clock
// and fake workers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/pool_metrics.hpp"
#include "net/timer.hpp"
#include "workers/limit_factor.hpp"

namespace millrace::workers {

enum class WorkerState : std::uint8_t {
  /// The process runs and has not loaded its routes yet.
  starting,
  /// It takes invocations.
  ready,
  /// It finishes its invocations and then ends.
  draining,
  /// The process has ended and its invocations have failed.
  dead,
};

/// The factors for the workers' limits now; see LimitFactor.
struct Allowance {
  unsigned start = 1;
  unsigned blocked = 1;
};

/// Describes a worker that has exceeded a limit.
struct Overrun {
  enum class Limit : std::uint8_t {
    /// It does not become ready, or does not finish loading modules.
    start,
    /// Its event loop does not turn.
    blocked,
    /// The same, after the deadline of an invocation in flight: no client waits for its response
    /// any more.
    deadline,
    /// It does not end after it was told to drain.
    drain,
  };

  Limit limit = Limit::blocked;
  /// For the log.
  std::string reason;
  /// It exceeds the limit by so much that it is killed before another worker is ready.
  bool far = false;
};

/// The supervisor's interface to a worker.
class SupervisedWorker {
 public:
  SupervisedWorker() = default;
  SupervisedWorker(const SupervisedWorker&) = delete;
  SupervisedWorker& operator=(const SupervisedWorker&) = delete;
  virtual ~SupervisedWorker() = default;

  [[nodiscard]] virtual WorkerState state() const = 0;
  /// Returns whether it was ever `ready`.
  [[nodiscard]] virtual bool was_ready() const = 0;
  [[nodiscard]] virtual net::Clock::time_point state_since() const = 0;
  /// Returns whether another worker should replace it; it serves until that one is ready.
  [[nodiscard]] virtual bool marked_for_replacement() const = 0;
  /// Measures it by its own clock: returns the limit that it has exceeded, or nullopt.
  [[nodiscard]] virtual std::optional<Overrun> overrun(net::Clock::time_point now,
                                                       Allowance allowance) = 0;
  /// Returns when overrun() must be called again at the latest; nullopt while the worker has
  /// nothing to do.
  [[nodiscard]] virtual std::optional<net::Clock::time_point> next_check() const = 0;
  /// Marks it for replacement for that reason.
  virtual void replace(std::string reason) = 0;
  virtual void drain() = 0;
  /// Ends it at once; it becomes `dead` later. `why` is for metrics, `reason` for the log.
  virtual void kill(metrics::WorkerEnd why, std::string_view reason) = 0;
};

/// Starts workers for the supervisor.
class Spawner {
 public:
  Spawner() = default;
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;
  virtual ~Spawner() = default;

  /// Starts a worker in state `starting`; returns null if the system refuses (already logged).
  virtual std::unique_ptr<SupervisedWorker> spawn() = 0;

  /// A dead worker is about to be destroyed: remove all references to it.
  virtual void forget(SupervisedWorker& worker) = 0;
};

struct SupervisorLimits {
  /// The number of workers to keep.
  std::size_t size = 1;
  /// The delay before the next start after a worker died before it was ready; doubles with each
  /// failure in a row.
  std::chrono::milliseconds first_backoff{100};
  std::chrono::milliseconds longest_backoff{5'000};
};

/// Owns the workers. Belongs to the loop's thread.
class Supervisor {
 public:
  Supervisor(SupervisorLimits limits, Spawner& spawner) : limits_(limits), spawner_(spawner) {}

  /// Does what is due at `now`. Returns when to be called again at the latest, or nullopt if only a
  /// change of a worker's state makes a call necessary.
  [[nodiscard]] std::optional<net::Clock::time_point> reconcile(net::Clock::time_point now);

  /// Sets the number of workers to keep, from the next reconcile() on. 0 drains them all.
  void resize(std::size_t size) { limits_.size = size; }

  [[nodiscard]] bool empty() const { return workers_.empty(); }
  /// Returns how many workers are in that state, including those marked for replacement.
  [[nodiscard]] std::size_t count(WorkerState state) const;
  /// Returns how many workers are in that state and not marked for replacement.
  [[nodiscard]] std::size_t count_lasting(WorkerState state) const;

  /// Returns how many starts in a row the system has refused, or ended before the worker was ready.
  /// A worker that was killed for being slow does not count as long as the next one gets more time.
  [[nodiscard]] std::uint32_t failed_starts() const { return failed_starts_; }

 private:
  void expire(net::Clock::time_point now);
  void end(SupervisedWorker& worker, const Overrun& overrun, net::Clock::time_point now);
  [[nodiscard]] bool can_be_spared(const SupervisedWorker& worker) const;
  void reap(net::Clock::time_point now);
  void cull();
  void cull_replaced();
  void spawn(net::Clock::time_point now);
  void delay_start(net::Clock::time_point now);
  [[nodiscard]] std::size_t wanted_now() const;
  [[nodiscard]] std::optional<net::Clock::time_point> next_deadline() const;

  SupervisorLimits limits_;
  Spawner& spawner_;
  std::vector<std::unique_ptr<SupervisedWorker>> workers_;
  LimitFactor start_factor_;
  LimitFactor blocked_factor_;
  /// The workers that exceed a limit.
  std::vector<const SupervisedWorker*> late_;
  /// Workers that were killed while starting and whose successors get more time.
  std::vector<const SupervisedWorker*> excused_;
  /// As often as the factor of the limit can double.
  static constexpr std::uint32_t kMostExcuses = 3;
  /// How many slow starts in a row were excused.
  std::uint32_t excuses_ = 0;
  std::uint32_t failed_starts_ = 0;
  net::Clock::time_point next_start_{};
};

}  // namespace millrace::workers
