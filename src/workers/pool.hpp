// Pool runs the workers of one role for some routes and gives each invocation to the worker that
// will start it first. If no worker has room, the invocation waits in a bounded queue. The number
// of workers follows the load, and a worker that dies, blocks or grows too large is replaced while
// the others continue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/event_loop.hpp"
#include "net/timer.hpp"
#include "workers/child_process.hpp"
#include "workers/deadlines.hpp"
#include "workers/dispatcher.hpp"
#include "workers/invocation.hpp"
#include "workers/invocation_queue.hpp"
#include "workers/pool_monitor.hpp"
#include "workers/pool_options.hpp"
#include "workers/pool_report.hpp"
#include "workers/quarantine.hpp"
#include "workers/role.hpp"
#include "workers/scaler.hpp"
#include "workers/supervisor.hpp"
#include "workers/worker_handle.hpp"
#include "workers/worker_services.hpp"

namespace millrace::workers {

/// Belongs to the loop's thread.
class Pool : private Spawner,
             private WorkerHandle::Observer,
             private PoolMonitor::Subject,
             private net::TurnTask {
 public:
  /// Receives the pool's events, from the loop.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// Every ready worker has loaded `generation`, the newest one.
    virtual void on_generation_ready(Pool& pool, std::uint32_t generation) = 0;
    /// A worker could not load `generation`. The pool keeps starting workers until it is drained.
    virtual void on_generation_failed(Pool& pool, std::uint32_t generation,
                                      std::string_view error) = 0;
    /// drain() is complete: no worker is left.
    virtual void on_pool_drained(Pool& pool) = 0;
  };

  /// `role`, `services` and `observer` must outlive the pool.
  Pool(net::EventLoop& loop, const Role& role, Launch launch, PoolOptions options,
       WorkerServices& services, Observer& observer);
  ~Pool() override;

  /// Starts the workers with their first generation. Called once.
  void start(const Load& load);

  /// Makes all workers, current and future, load another generation.
  void load(const Load& load);

  /// Replaces the environment of workers that start later.
  void set_environment(std::vector<std::string> environment);

  /// Gives `invocation` to a worker, or queues it.
  [[nodiscard]] Dispatch dispatch(Invocation& invocation);

  /// Returns whether one of its workers takes those requests without a route (protocol::kNoRoute).
  [[nodiscard]] bool listens(Unrouted which) const;

  /// Drains the workers; queued invocations fail with `queued`. on_pool_drained() follows.
  void drain(Failure queued = Failure::unavailable);

  /// Returns how many workers can take invocations.
  [[nodiscard]] std::size_t ready_workers() const { return supervisor_.count(WorkerState::ready); }

  [[nodiscard]] const PoolOptions& options() const { return options_; }
  /// The share of the queue that is used.
  [[nodiscard]] double queue_share() const {
    if (options_.queue == 0) return 0;
    return static_cast<double>(queue_.size()) / static_cast<double>(options_.queue);
  }
  [[nodiscard]] PoolReport report() const;
  /// Returns the worker with that process id, or null if the pool has none.
  [[nodiscard]] WorkerHandle* worker(pid_t pid) const;

 private:
  enum class Phase : std::uint8_t {
    serving,
    draining,
    /// No worker is left, and the observer has been notified.
    drained,
  };

  // Spawner
  std::unique_ptr<SupervisedWorker> spawn() override;
  void forget(SupervisedWorker& worker) override;

  // WorkerHandle::Observer
  void on_worker_ready(WorkerHandle& worker, std::uint32_t generation) override;
  void on_load_failed(WorkerHandle& worker, std::uint32_t generation,
                      std::string_view error) override;
  void on_worker_freed(WorkerHandle& worker) override;
  void on_worker_responded(WorkerHandle& worker, std::uint32_t generation,
                           std::uint32_t route) override;
  void on_worker_sample(WorkerHandle& worker) override { monitor_.on_sample(worker); }
  void on_worker_late(WorkerHandle& worker) override { monitor_.on_late(worker); }
  void on_worker_ended(WorkerHandle& worker) override;
  void on_worker_dead(WorkerHandle& worker) override;

  // PoolMonitor::Subject
  [[nodiscard]] std::span<WorkerHandle* const> workers() const override { return workers_; }
  [[nodiscard]] std::size_t queued() const override { return queue_.size(); }
  [[nodiscard]] const Load& newest() const override { return load_; }
  void reconsider() override { loop_.at_turn_end(*this); }

  void run_at_turn_end() override;
  [[nodiscard]] WorkerHandle* choose(const Invocation& invocation,
                                     net::Clock::time_point now) const;
  /// Counts an invocation that is not accepted; returns `how`.
  [[nodiscard]] Dispatch refuse(metrics::Refusal why, Dispatch how);
  /// Ends an invocation of the queue without a worker.
  void fail_queued(Invocation& invocation, metrics::Refusal why);
  void open(WorkerHandle& worker, Invocation& invocation, net::Clock::time_point now);
  [[nodiscard]] bool failing() const;
  /// Returns whether no worker that serves that generation has room for one more tunnel.
  [[nodiscard]] bool tunnels_full(std::uint32_t generation) const;
  /// Returns whether the workers have dropped that generation.
  [[nodiscard]] bool outdated(std::uint32_t generation) const;
  void serve_queue(net::Clock::time_point now);
  /// Looks for workers that do not turn, and gives what they have not begun to others.
  void watch();
  void start_watch();
  /// Puts what `worker` has not read back into the queue.
  void take_back(WorkerHandle& worker);
  [[nodiscard]] std::chrono::milliseconds longest_wait() const;
  void give_up_loading();
  void expire(net::Clock::time_point now);
  void scale(net::Clock::time_point now);
  [[nodiscard]] PoolLoad current_load(net::Clock::time_point now) const;
  void set_timer(std::optional<net::Clock::time_point> next, net::Clock::time_point now);

  net::EventLoop& loop_;
  const Role& role_;
  Launch launch_;
  PoolOptions options_;
  WorkerServices& services_;
  Observer& observer_;
  Load load_;
  Phase phase_ = Phase::serving;
  Failure queue_fails_as_ = Failure::unavailable;
  std::uint32_t announced_generation_ = 0;
  /// The generation with which workers could not start.
  std::optional<std::uint32_t> given_up_;
  /// The supervisor's living workers, in the order they were started.
  std::vector<WorkerHandle*> workers_;
  InvocationQueue queue_;
  Deadlines deadlines_;
  Quarantine quarantine_;
  PoolMonitor monitor_;
  Scaler scaler_;
  Supervisor supervisor_;
  net::Timer reconcile_timer_;
  net::Timer watch_timer_;
};

}  // namespace millrace::workers
