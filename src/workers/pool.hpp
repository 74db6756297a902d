// Pool runs the workers of one role for some routes and gives each invocation to the one that will
// get to it first. What finds no room waits in a bounded queue; workers come and go with the load,
// and one that dies, blocks or grows too large is replaced while the others go on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/event_loop.hpp"
#include "net/timer.hpp"
#include "project/generated/settings_structs.hpp"
#include "workers/child_process.hpp"
#include "workers/deadlines.hpp"
#include "workers/dispatcher.hpp"
#include "workers/invocation.hpp"
#include "workers/invocation_queue.hpp"
#include "workers/leak_accountant.hpp"
#include "workers/quarantine.hpp"
#include "workers/role.hpp"
#include "workers/scaler.hpp"
#include "workers/supervisor.hpp"
#include "workers/worker_handle.hpp"

namespace millrace::workers {

/// How many workers of a pool serve at a time.
enum class Serving : std::uint8_t {
  /// As many as the load asks for.
  by_load,
  /// One, so that all requests see the memory of one process. A second stands in only while the first
  /// is held (WorkLimits::held), ends or is replaced.
  one,
};

/// What millrace.toml says of the pool, or its defaults, and what is decided for it beside.
struct PoolOptions : project::PoolLimits {
  /// For the log.
  std::string name = "default";
  Serving serving = Serving::by_load;
  SupervisorLimits supervisor;
  /// WorkLimits::held of its workers.
  std::chrono::milliseconds held{0};
  /// The number of a worker's first stream; see protocol/link.md.
  std::uint64_t first_stream = 1;
  /// Whose data and answers the pool's routes see in the caches: pools with the same text share
  /// them. Empty for the project's own.
  std::string cache_scope = {};
  /// Bytes that its heap may grow to, as its program was told; near it, it is replaced. 0 for
  /// unknown.
  std::uint64_t heap_limit = 0;
};

/// A worker as `millrace ps` shows it.
struct WorkerReport {
  pid_t pid = 0;
  WorkerState state = WorkerState::starting;
  /// Not empty: why it is to be replaced.
  std::string retires_because;
  std::size_t in_flight = 0;
  /// Those of them that are streaming.
  std::size_t streaming = 0;
  std::uint64_t invocations = 0;
  /// Bytes.
  std::uint64_t rss = 0;
  std::uint64_t heap_used = 0;
  /// How late its event loop answered last, and what share of time it was at work.
  std::chrono::microseconds lag{0};
  double utilization = 0;
  std::chrono::milliseconds age{0};
};

struct PoolReport {
  std::string name;
  std::size_t wanted = 0;
  std::size_t min = 0;
  std::size_t max = 0;
  std::size_t queued = 0;
  /// Workers that died since the pool's start, and how the last one did.
  std::uint64_t deaths = 0;
  std::string last_death;
  std::vector<WorkerReport> workers;
  /// What routes of the newest generation have cost, the dearest first.
  std::vector<RouteAccount> routes;
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
    virtual void on_generation_ready(Pool& pool, std::uint32_t generation) = 0;
    /// A worker could not load `generation`. Others are tried unless the pool is drained.
    virtual void on_generation_failed(Pool& pool, std::uint32_t generation,
                                      std::string_view error) = 0;
    /// A line for the log: a worker's own, or about its life.
    virtual void on_pool_log(link::LogLevel level, std::string_view text) = 0;
    /// A worker asks the data cache; see WorkerHandle::Observer::on_worker_cache.
    virtual bool on_cache_request(Pool& pool, std::string_view request, CacheReply reply) = 0;
    /// drain() is complete: no worker is left.
    virtual void on_pool_drained(Pool& pool) = 0;
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

  /// Whether one of its workers takes requests that no route is for (protocol::kNoRoute).
  [[nodiscard]] bool listens() const;

  /// Lets workers finish and end; what is in the queue fails as `queued` says. on_pool_drained
  /// follows.
  void drain(Failure queued = Failure::unavailable);

  /// Workers that can take invocations.
  [[nodiscard]] std::size_t ready_workers() const { return supervisor_.count(WorkerState::ready); }

  [[nodiscard]] const PoolOptions& options() const { return options_; }
  [[nodiscard]] PoolReport report() const;
  /// The worker with that process; null where the pool has none.
  [[nodiscard]] WorkerHandle* worker(pid_t pid) const;

 private:
  // Spawner
  std::unique_ptr<SupervisedWorker> spawn() override;
  void forget(SupervisedWorker& worker) override;

  // WorkerHandle::Observer
  void on_worker_ready(WorkerHandle& worker, std::uint32_t generation) override;
  void on_load_failed(WorkerHandle& worker, std::uint32_t generation,
                      std::string_view error) override;
  void on_worker_freed(WorkerHandle& worker) override;
  void on_worker_answered(WorkerHandle& worker, std::uint32_t generation,
                          std::uint32_t route) override;
  void on_worker_sample(WorkerHandle& worker) override;
  void on_worker_late(WorkerHandle& worker) override;
  void on_worker_dead(WorkerHandle& worker, const std::string& cause) override;
  void on_worker_log(WorkerHandle& worker, link::LogLevel level, std::string_view text) override;
  bool on_worker_cache(WorkerHandle& worker, std::string_view request, CacheReply reply) override;

  void run_at_turn_end() override;
  [[nodiscard]] WorkerHandle* choose(const link::InvokeView& request, net::Clock::time_point now);
  [[nodiscard]] WorkerHandle* choose_least_busy(const link::InvokeView& request,
                                                net::Clock::time_point now);
  [[nodiscard]] WorkerHandle* choose_the_one(std::uint32_t generation, net::Clock::time_point now);
  [[nodiscard]] bool has_room(const WorkerHandle& worker) const;
  [[nodiscard]] std::size_t stand_ins() const;
  void open(WorkerHandle& worker, Invocation& invocation, net::Clock::time_point now);
  [[nodiscard]] bool failing() const;
  /// Whether the workers are past that generation.
  [[nodiscard]] bool outdated(std::uint32_t generation) const;
  void serve_queue(net::Clock::time_point now);
  [[nodiscard]] std::chrono::milliseconds longest_wait() const;
  void give_up_loading();
  void expire(net::Clock::time_point now);
  void scale(net::Clock::time_point now);
  void set_timer(std::optional<net::Clock::time_point> next);

  // pool_watch.cpp: what is looked at from time to time.
  void tick();
  [[nodiscard]] std::chrono::milliseconds sampling_interval() const;
  void ticking_faster();
  void check_memory(WorkerHandle& worker);
  void retire(WorkerHandle& worker, std::string reason);
  [[nodiscard]] std::string path_of(std::uint32_t route) const;
  void strike(const WorkerHandle& worker);
  [[nodiscard]] std::string describe(const WorkerHandle& worker) const;
  [[nodiscard]] std::string at_hand(const WorkerHandle& worker) const;

  net::EventLoop& loop_;
  const Role& role_;
  Launch launch_;
  PoolOptions options_;
  Observer& observer_;
  Load load_;
  bool draining_ = false;
  Failure queue_fails_as_ = Failure::unavailable;
  bool announced_drained_ = false;
  std::uint32_t announced_generation_ = 0;
  /// The generation that workers could not start with.
  std::optional<std::uint32_t> given_up_;
  /// Those of the supervisor's workers that are alive, by spawn order.
  std::vector<WorkerHandle*> workers_;
  InvocationQueue queue_;
  Deadlines deadlines_;
  Quarantine quarantine_;
  LeakAccountant accountant_;
  Scaler scaler_;
  Supervisor supervisor_;
  net::Timer reconcile_timer_;
  net::Timer tick_timer_;
  /// Whether the timer ticks for a pool in use.
  bool in_use_ = false;
  /// Whether an invocation has come since the last sampling, or between the two before.
  bool used_ = false;
  bool used_lately_ = false;
  net::Clock::time_point sampled_at_{};
  std::uint64_t deaths_ = 0;
  std::string last_death_;
};

}  // namespace millrace::workers
