// The supervisor keeps a number of workers alive. All its judgement is in reconcile(now): expire
// those that are past a limit, reap the dead, cull the surplus and those that have been replaced,
// spawn the missing, and say when to look again. The last worker that serves is not ended before
// another is ready, and limits grow with each that was ended for being slow. It knows time only as
// the argument and processes only as two interfaces, so tests run it with a fake clock and fake
// workers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/timer.hpp"
#include "workers/patience.hpp"

namespace millrace::workers {

enum class WorkerState : std::uint8_t {
  /// The process runs, its routes are not loaded yet.
  starting,
  /// It takes invocations.
  ready,
  /// It finishes what it has and then ends.
  draining,
  /// The process has ended and its invocations have been told.
  dead,
};

/// How many times their usual limits workers get now; see Patience.
struct Allowance {
  unsigned start = 1;
  unsigned blocked = 1;
};

/// A worker past a limit.
struct Overrun {
  enum class Limit : std::uint8_t {
    /// It does not get ready, or does not get done with loading modules.
    start,
    /// Its event loop does not turn.
    blocked,
    /// The same, after the deadline of an invocation inside: nobody waits for its answer any more.
    deadline,
    /// It does not end, though it was told to.
    drain,
  };

  Limit limit = Limit::blocked;
  /// For the log.
  std::string reason;
  /// It is so far past the limit that it is not kept until another is ready.
  bool far = false;
};

/// What the supervisor needs of a worker.
class SupervisedWorker {
 public:
  SupervisedWorker() = default;
  SupervisedWorker(const SupervisedWorker&) = delete;
  SupervisedWorker& operator=(const SupervisedWorker&) = delete;
  virtual ~SupervisedWorker() = default;

  [[nodiscard]] virtual WorkerState state() const = 0;
  /// Whether it ever reached `ready`.
  [[nodiscard]] virtual bool was_ready() const = 0;
  [[nodiscard]] virtual net::Clock::time_point state_since() const = 0;
  /// Whether another should take its place: it serves until that one is ready.
  [[nodiscard]] virtual bool marked_for_replacement() const = 0;
  /// Looks at what it does by its own clock: which limit it is past, nothing while it is past none.
  [[nodiscard]] virtual std::optional<Overrun> overrun(net::Clock::time_point now,
                                                       Allowance allowance) = 0;
  /// When overrun() is to be asked again at the latest; nothing while nothing is awaited of it.
  [[nodiscard]] virtual std::optional<net::Clock::time_point> next_look() const = 0;
  /// Marks it for replacement, for that reason.
  virtual void replace(std::string reason) = 0;
  virtual void drain() = 0;
  /// Ends it at once; it becomes `dead` later. `reason` goes into the log.
  virtual void kill(std::string_view reason) = 0;
};

class Spawner {
 public:
  Spawner() = default;
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;
  virtual ~Spawner() = default;

  /// A worker in state `starting`; null where the system refused (already logged).
  virtual std::unique_ptr<SupervisedWorker> spawn() = 0;

  /// A dead worker is about to be destroyed: forget it.
  virtual void forget(SupervisedWorker& worker) = 0;
};

struct SupervisorLimits {
  /// Workers to keep.
  std::size_t size = 1;
  /// Wait before the next start after a worker died unready; doubles with each in a row.
  std::chrono::milliseconds first_backoff{100};
  std::chrono::milliseconds longest_backoff{5'000};
};

/// Owns the workers. Belongs to the loop's thread.
class Supervisor {
 public:
  Supervisor(SupervisorLimits limits, Spawner& spawner) : limits_(limits), spawner_(spawner) {}

  /// Does what is due at `now`; returns when to be called again at the latest, nothing where only
  /// a worker's change of state needs it.
  [[nodiscard]] std::optional<net::Clock::time_point> reconcile(net::Clock::time_point now);

  /// Changes how many to keep, from the next reconcile on. 0 drains them all.
  void resize(std::size_t size) { limits_.size = size; }

  [[nodiscard]] bool empty() const { return workers_.empty(); }
  /// In that state; those that are marked for replacement count too.
  [[nodiscard]] std::size_t count(WorkerState state) const;
  /// In that state, to stay.
  [[nodiscard]] std::size_t count_lasting(WorkerState state) const;

  /// Starts in a row that the system refused, or that died before they were ready. One that was
  /// killed for being slow is none, as long as the next gets more time.
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
  Patience start_patience_;
  Patience blocked_patience_;
  /// Those of them that are past a limit.
  std::vector<const SupervisedWorker*> late_;
  /// Those that were killed while they started, and whose successors get more time.
  std::vector<const SupervisedWorker*> excused_;
  /// As many as patience doubles.
  static constexpr std::uint32_t kMostExcuses = 3;
  /// Slow starts in a row that were excused.
  std::uint32_t excuses_ = 0;
  std::uint32_t failed_starts_ = 0;
  net::Clock::time_point next_start_{};
};

}  // namespace millrace::workers
