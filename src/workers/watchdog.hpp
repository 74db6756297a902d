// Watchdog measures how a worker spends its time: whether its event loop turns, and whether it
// exceeds a limit while it should start, respond to a ping, or end. It uses the worker's own time
// (SpentTime), so that a worker on an overloaded machine is not mistaken for one that hangs.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/timer.hpp"
#include "project/generated/settings_structs.hpp"
#include "workers/pulse.hpp"
#include "workers/spent_time.hpp"
#include "workers/supervisor.hpp"
#include "workers/thread_readings.hpp"

namespace millrace::workers {

/// Limits on a worker's own time: CPU time, or six times as much asleep. Time spent waiting for a
/// CPU does not count. 0 means no limit.
struct WorkLimits {
  /// For responding to a ping.
  std::chrono::milliseconds blocked = project::PoolLimits{}.blocked;
  /// For becoming ready, and for loading modules later.
  std::chrono::milliseconds start = project::PoolLimits{}.start_timeout;
  /// For ending after it was told to drain, asleep or not.
  std::chrono::milliseconds drain = project::PoolLimits{}.drain_timeout;
  /// If a worker has not sent a pong within this time, asleep or not, it counts as held(); nothing
  /// is done to it. 0: held() is not determined.
  std::chrono::milliseconds held{0};
};

/// What a worker says it is doing.
enum class Activity : std::uint8_t {
  /// It processes requests.
  serving,
  /// It loads modules for the first requests of their routes.
  loading_modules,
  /// It writes a heap snapshot on request; its event loop does not turn meanwhile.
  writing_snapshot,
};

/// How much the server has read of the worker's bytes, and the worker of the server's.
struct LinkProgress {
  /// The worker's bytes that the server has read, and those that have arrived, read or not.
  std::uint64_t read = 0;
  std::uint64_t arrived = 0;
  /// While reading is paused until the worker has read the server's frames: how many bytes of them
  /// it has read.
  std::optional<std::uint64_t> read_by_worker = std::nullopt;
  bool closed = false;
};

/// Gets the time only as an argument. Belongs to the loop's thread.
class Watchdog {
 public:
  /// The watchdog's interface to the worker.
  class Subject {
   public:
    Subject() = default;
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;
    virtual ~Subject() = default;

    [[nodiscard]] virtual WorkerState state() const = 0;
    /// Returns false if no limit applies to the worker: it has been killed, or it runs in this
    /// process.
    [[nodiscard]] virtual bool accountable() const = 0;
    [[nodiscard]] virtual Activity activity() const = 0;
    [[nodiscard]] virtual std::vector<ThreadReading> threads() const = 0;
    [[nodiscard]] virtual LinkProgress link_progress() const = 0;
  };

  /// `subject` must outlive the watchdog.
  Watchdog(const Subject& subject, const WorkLimits& limits) : subject_(subject), limits_(limits) {}

  /// A frame that needs a response has been sent.
  void request_sent(net::Clock::time_point now) { pulse_.request_sent(now); }

  /// A ping is sent: returns its number.
  [[nodiscard]] std::uint64_t pinged(net::Clock::time_point now);
  /// Returns whether a ping is pending.
  [[nodiscard]] bool awaits_pong() const { return pulse_.pinged_at().has_value(); }
  /// Returns false if no ping was sent: the pong is a protocol error.
  [[nodiscard]] bool ponged(std::uint64_t number, net::Clock::time_point now);

  /// A frame of any kind has arrived. Returns true if pulse() had reported unresponsive.
  bool frame_received();

  /// The worker has read frames that waited for it, so it is not blocked.
  void frames_read() { static_cast<void>(pulse_.frame_received()); }

  /// Something else is expected of the worker from now on: the time it has used before does not
  /// count.
  void restart() { spent_.stop(); }

  /// Subject::activity() has changed: restarts the measurement of a ready worker. A starting worker
  /// gets no additional time.
  void activity_changed() {
    if (subject_.state() == WorkerState::ready) spent_.stop();
  }

  /// The deadline of an invocation in flight has passed. Returns the number of a ping to send,
  /// whose pong proves that the event loop has turned since; nullopt if such a ping is pending.
  [[nodiscard]] std::optional<std::uint64_t> deadline_passed(net::Clock::time_point now);

  /// Returns whether the event loop turns, as far as is known.
  [[nodiscard]] Pulse::State pulse(net::Clock::time_point now) { return pulse_.state(now); }

  /// Returns whether a ping has been pending for longer than a turning event loop needs to respond.
  [[nodiscard]] bool pong_overdue(net::Clock::time_point now) const {
    return pulse_.pinged_at() && now - *pulse_.pinged_at() >= Pulse::kUnresponsiveAfter;
  }

  /// Returns whether the event loop has not turned for so long that another worker should stand in;
  /// see WorkLimits::held. Loading modules does not count.
  [[nodiscard]] bool held() const;

  /// These implement SupervisedWorker; `state_since` is when the worker's state began.
  [[nodiscard]] std::optional<Overrun> overrun(net::Clock::time_point now, Allowance allowance);
  [[nodiscard]] std::optional<net::Clock::time_point> next_check(
      net::Clock::time_point state_since) const;

  /// Returns how long the last ping took.
  [[nodiscard]] net::Clock::duration lag() const { return lag_; }

 private:
  /// Something that is expected of the worker, and how much of its own time it may take; 0 means no
  /// limit.
  struct Awaited {
    Overrun::Limit limit = Overrun::Limit::blocked;
    std::chrono::milliseconds time{0};
  };

  [[nodiscard]] std::optional<Awaited> awaited(Allowance allowance) const;
  /// Returns the smallest amount of own time at which a limit is reached; 0 if there is no limit.
  [[nodiscard]] std::chrono::milliseconds first_limit(const Awaited& awaited) const;
  void measure(net::Clock::time_point now, const Awaited& awaited);
  [[nodiscard]] bool has_read_input();

  const Subject& subject_;
  WorkLimits limits_;
  Pulse pulse_;
  std::uint64_t pings_ = 0;
  net::Clock::time_point pinged_at_{};
  net::Clock::duration lag_{0};
  /// Since when the pong to overdue_ping_, which followed a deadline, has been pending.
  std::optional<net::Clock::time_point> overdue_since_;
  std::uint64_t overdue_ping_ = 0;
  /// Measures the time since the worker was given what is expected of it; next_check_ is when to
  /// measure again at the latest.
  SpentTime spent_;
  net::Clock::time_point next_check_{};
  /// The bytes that had arrived from it when it was first found to be late.
  std::optional<std::uint64_t> arrived_when_late_;
  /// LinkProgress::read_by_worker at that time.
  std::uint64_t read_by_worker_ = 0;
};

}  // namespace millrace::workers
