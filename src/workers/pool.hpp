// Pool runs the workers of one role and gives each invocation to the least busy of them. What finds
// no room waits in a bounded queue; a worker that dies is replaced by the supervisor while the
// others go on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/event_loop.hpp"
#include "net/timer.hpp"
#include "workers/child_process.hpp"
#include "workers/invocation.hpp"
#include "workers/role.hpp"
#include "workers/supervisor.hpp"
#include "workers/worker_handle.hpp"

namespace millrace::workers {

/// What became of an invocation given to the pool.
enum class Dispatch : std::uint8_t {
  /// A worker has it.
  open,
  /// It waits for a worker.
  queued,
  /// Nothing was done: the queue is full, the pool drains, or its workers fail to start.
  refused,
};

struct PoolOptions {
  SupervisorLimits supervisor;
  /// Invocations inside one worker at a time; more wait in the queue.
  std::size_t in_flight_per_worker = 1024;
  /// Invocations that may wait; past it they are refused.
  std::size_t queue = 16384;
};

/// Belongs to the loop's thread.
class Pool : private Spawner, private WorkerHandle::Observer, private net::TurnTask {
 public:
  /// Hears of the pool, from the loop.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// Every ready worker has loaded `generation`, the newest asked for.
    virtual void on_generation_ready(std::uint32_t generation) = 0;
    /// A line for the log: a worker's own, or about its life.
    virtual void on_pool_log(link::LogLevel level, std::string_view text) = 0;
    /// A worker asks the data cache; see WorkerHandle::Observer::on_worker_cache.
    virtual bool on_cache_request(std::string_view request, CacheReply reply) = 0;
    /// drain() is complete: no worker is left.
    virtual void on_pool_drained() = 0;
  };

  Pool(net::EventLoop& loop, const Role& role, Launch launch, PoolOptions options,
       Observer& observer);
  ~Pool() override;

  /// Starts the workers with their first generation. Once.
  void start(const Load& load);

  /// Asks all workers, and those to come, for another generation.
  void load(const Load& load);

  /// Replaces the environment of workers to come.
  void set_environment(std::vector<std::string> environment);

  /// Gives `invocation` to a worker or the queue.
  [[nodiscard]] Dispatch dispatch(Invocation& invocation);

  /// Lets workers finish and end; the queue is failed. on_pool_drained follows.
  void drain();

  /// Workers that can take invocations.
  [[nodiscard]] std::size_t ready_workers() const { return supervisor_.count(WorkerState::ready); }

 private:
  friend class Invocation;

  // Spawner
  std::unique_ptr<SupervisedWorker> spawn() override;
  void forget(SupervisedWorker& worker) override;

  // WorkerHandle::Observer
  void on_worker_ready(WorkerHandle& worker, std::uint32_t generation) override;
  void on_load_failed(WorkerHandle& worker, std::uint32_t generation,
                      std::string_view error) override;
  void on_worker_freed(WorkerHandle& worker) override;
  void on_worker_dead(WorkerHandle& worker, const std::string& cause) override;
  void on_worker_log(WorkerHandle& worker, link::LogLevel level, std::string_view text) override;
  bool on_worker_cache(WorkerHandle& worker, std::string_view request, CacheReply reply) override;

  void run_at_turn_end() override;
  void withdraw(Invocation& invocation);
  [[nodiscard]] WorkerHandle* least_busy(std::uint32_t generation) const;
  [[nodiscard]] bool failing() const;
  /// Whether the workers are past that generation.
  [[nodiscard]] bool outdated(std::uint32_t generation) const;
  void serve_queue();
  void fail_queue();

  net::EventLoop& loop_;
  const Role& role_;
  Launch launch_;
  PoolOptions options_;
  Observer& observer_;
  Load load_;
  bool draining_ = false;
  bool announced_drained_ = false;
  std::uint32_t announced_generation_ = 0;
  /// Those of the supervisor's workers that are alive, by spawn order.
  std::vector<WorkerHandle*> workers_;
  std::list<Invocation*> queue_;
  Supervisor supervisor_;
  net::Timer reconcile_timer_;
};

}  // namespace millrace::workers
