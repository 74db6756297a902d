// The supervisor keeps a number of workers alive. All its judgement is in reconcile(now): expire
// those that are late or blocked, reap the dead, cull the surplus and those that have been replaced,
// spawn the missing, and say when to look again. It knows time only as the argument and processes only as two interfaces, so tests run it
// with a fake clock and fake workers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "net/timer.hpp"

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
  [[nodiscard]] virtual bool retiring() const = 0;
  /// When it is to be taken for blocked if nothing is heard of it; nothing while it owes no answer.
  [[nodiscard]] virtual std::optional<net::Clock::time_point> answer_due() const = 0;
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
  /// A worker that has not said ready by then is killed.
  std::chrono::milliseconds start_timeout{30'000};
  /// A draining worker that has not ended by then is killed.
  std::chrono::milliseconds drain_timeout{30'000};
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
  /// In that state; those that retire count too.
  [[nodiscard]] std::size_t count(WorkerState state) const;
  /// In that state, to stay.
  [[nodiscard]] std::size_t count_lasting(WorkerState state) const;

  /// Starts in a row that the system refused, or that died before they were ready.
  [[nodiscard]] std::uint32_t failed_starts() const { return failed_starts_; }

 private:
  void expire(net::Clock::time_point now);
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
  std::uint32_t failed_starts_ = 0;
  net::Clock::time_point next_start_{};
};

}  // namespace millrace::workers
