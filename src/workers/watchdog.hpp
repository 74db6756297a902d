// Watchdog judges what a worker does with its time: whether its event loop turns, and whether it is
// past a limit while something is awaited of it, to start, to answer a ping, to end. It judges by
// the worker's own time (SpentTime), so that a worker on a busy machine is not taken for one that
// hangs.
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

/// How much a worker may take of its own time: CPU time, or six times as much asleep. What it waits
/// for a CPU does not count. 0 is no limit.
struct WorkLimits {
  /// To answer a ping.
  std::chrono::milliseconds blocked = project::PoolLimits{}.blocked;
  /// To get ready, and to load modules later.
  std::chrono::milliseconds start = project::PoolLimits{}.start_timeout;
  /// To end when it is told to, asleep or not.
  std::chrono::milliseconds drain = project::PoolLimits{}.drain_timeout;
  /// Past it, asleep or not, a worker that owes a pong counts as held(): nothing is done to it. 0:
  /// it is not looked at.
  std::chrono::milliseconds held{0};
};

/// A worker's occupation, as it says itself.
enum class Activity : std::uint8_t {
  /// It answers.
  serving,
  /// It loads modules that the first requests for their routes have asked for.
  loading_modules,
  /// It writes a heap snapshot, as it was asked to: its event loop stands still meanwhile.
  writing_snapshot,
};

/// How far the server has got with what a worker says, and the worker with what it is told.
struct LinkProgress {
  /// The worker's bytes that the server has read, and those that have come, read or not.
  std::uint64_t read = 0;
  std::uint64_t arrived = 0;
  /// While the worker's frames wait until it has read the server's: bytes that it has read of them.
  std::optional<std::uint64_t> read_by_worker = std::nullopt;
  bool closed = false;
};

/// Knows time only as the argument. Belongs to the loop's thread.
class Watchdog {
 public:
  /// The worker, as the watchdog looks at it.
  class Subject {
   public:
    Subject() = default;
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;
    virtual ~Subject() = default;

    [[nodiscard]] virtual WorkerState state() const = 0;
    /// False for one that has nothing more to answer for: it has been killed, or it runs in this
    /// process.
    [[nodiscard]] virtual bool accountable() const = 0;
    [[nodiscard]] virtual Activity activity() const = 0;
    [[nodiscard]] virtual std::vector<ThreadReading> threads() const = 0;
    [[nodiscard]] virtual LinkProgress link_progress() const = 0;
  };

  /// `subject` outlives the watchdog.
  Watchdog(const Subject& subject, const WorkLimits& limits) : subject_(subject), limits_(limits) {}

  /// A frame that wants an answer is sent.
  void asked(net::Clock::time_point now) { pulse_.asked(now); }

  /// A ping is sent: its number.
  [[nodiscard]] std::uint64_t pinged(net::Clock::time_point now);
  /// Whether a ping is on its way.
  [[nodiscard]] bool awaits_pong() const { return pulse_.pinged_at().has_value(); }
  /// False where no ping was sent: the pong is a protocol error.
  [[nodiscard]] bool ponged(std::uint64_t number, net::Clock::time_point now);

  /// A frame has come, of whatever kind. True where pulse() has said unresponsive.
  bool heard();

  /// The worker has read what waited for it: who reads is not blocked.
  void read_on() { static_cast<void>(pulse_.heard()); }

  /// Something else is awaited of the worker from now on: the time it has used till now does not
  /// count.
  void begin_anew() { spent_.stop(); }

  /// Subject::activity() has changed: the same for one that is ready. One that starts is given no
  /// more time for it.
  void activity_changed() {
    if (subject_.state() == WorkerState::ready) spent_.stop();
  }

  /// The deadline of an invocation inside has passed: the number of a ping to send, to which alone
  /// the pong shows that the loop has turned since; nothing where such a ping is on its way.
  [[nodiscard]] std::optional<std::uint64_t> deadline_passed(net::Clock::time_point now);

  /// Whether the event loop turns, as far as is known.
  [[nodiscard]] Pulse::State pulse(net::Clock::time_point now) { return pulse_.state(now); }

  /// Whether a ping waits longer than a loop that turns lets it.
  [[nodiscard]] bool pong_overdue(net::Clock::time_point now) const {
    return pulse_.pinged_at() && now - *pulse_.pinged_at() >= Pulse::kUnresponsiveAfter;
  }

  /// Whether the event loop has not turned for so long that another worker should stand in; see
  /// WorkLimits::held. Loading modules does not count.
  [[nodiscard]] bool held() const;

  /// These are SupervisedWorker's; `state_since` is when the worker's state began.
  [[nodiscard]] std::optional<Overrun> overrun(net::Clock::time_point now, Allowance allowance);
  [[nodiscard]] std::optional<net::Clock::time_point> next_look(
      net::Clock::time_point state_since) const;

  /// How long the last ping took.
  [[nodiscard]] net::Clock::duration lag() const { return lag_; }

 private:
  /// Something that is awaited of the worker, and how much of its time it may take for it; 0 is no
  /// limit.
  struct Awaited {
    Overrun::Limit limit = Overrun::Limit::blocked;
    std::chrono::milliseconds time{0};
  };

  [[nodiscard]] std::optional<Awaited> awaited(Allowance allowance) const;
  /// Returns the least of its own time by which a limit is reached; 0 where there is none.
  [[nodiscard]] std::chrono::milliseconds first_limit(const Awaited& awaited) const;
  void look(net::Clock::time_point now, const Awaited& awaited);
  [[nodiscard]] bool all_is_heard();

  const Subject& subject_;
  WorkLimits limits_;
  Pulse pulse_;
  std::uint64_t pings_ = 0;
  net::Clock::time_point pinged_at_{};
  net::Clock::duration lag_{0};
  /// Since when the worker owes the pong to that ping, which followed a deadline.
  std::optional<net::Clock::time_point> overdue_since_;
  std::uint64_t overdue_ping_ = 0;
  /// Since what is awaited of it is awaited; looked at by then at the latest.
  SpentTime spent_;
  net::Clock::time_point next_look_{};
  /// The bytes that had come from it when it was first seen to be late.
  std::optional<std::uint64_t> arrived_when_late_;
  /// LinkProgress::read_by_worker then.
  std::uint64_t read_by_worker_ = 0;
};

}  // namespace millrace::workers
