// WorkerHandle is the server's view of one worker's life: it starts the process, or the worker
// inside this process, tracks its state, and ends it. LinkSession implements its link, Watchdog
// measures its time, and CrashReport explains its end. The worker itself is
// runtime/node/src/worker.ts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"
#include "workers/child_process.hpp"
#include "workers/crash_report.hpp"
#include "workers/link_session.hpp"
#include "workers/supervisor.hpp"
#include "workers/watchdog.hpp"
#include "workers/worker_services.hpp"

namespace millrace::workers {

struct WorkerOptions {
  SessionOptions session;
  /// Limits past which the worker is late: overrun().
  WorkLimits work = {};
  /// The limit of its heap in bytes, which may explain its end; 0 if unknown.
  std::uint64_t heap_limit = 0;
};

/// Belongs to the loop's thread. Destroying it kills the process; invocations in flight fail.
class WorkerHandle final : public SupervisedWorker,
                           private Watchdog::Subject,
                           private LinkSession::Observer {
 public:
  /// Receives the events of a worker's life, from the loop. Must not destroy the handle inside a
  /// call.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// It can take invocations of `generation`.
    virtual void on_worker_ready(WorkerHandle& worker, std::uint32_t generation) = 0;
    /// It could not load `generation`.
    virtual void on_load_failed(WorkerHandle& worker, std::uint32_t generation,
                                std::string_view error) = 0;
    /// It has room for one more invocation, or responds again after a silence.
    virtual void on_worker_freed(WorkerHandle& worker) = 0;
    /// The response of an invocation has begun.
    virtual void on_worker_responded(WorkerHandle& worker, std::uint32_t generation,
                                     std::uint32_t route) = 0;
    /// It has sent a sample: LinkSession::sample() is new.
    virtual void on_worker_sample(WorkerHandle& worker) = 0;
    /// It has exceeded a limit and is marked for replacement.
    virtual void on_worker_late(WorkerHandle& worker) = 0;
    /// Its process has ended, and what it has not read can be taken back.
    virtual void on_worker_ended(WorkerHandle& worker) = 0;
    /// It is dead and its invocations have failed: see crash_report().
    virtual void on_worker_dead(WorkerHandle& worker) = 0;
  };

  /// Starts the process; the state is `starting` until the worker reports that it is ready.
  [[nodiscard]] static base::Result<std::unique_ptr<WorkerHandle>> start(net::EventLoop& loop,
                                                                         const Launch& launch,
                                                                         WorkerOptions options,
                                                                         WorkerServices& services,
                                                                         Observer& observer);
  ~WorkerHandle() override;

  // SupervisedWorker
  [[nodiscard]] WorkerState state() const override { return state_; }
  [[nodiscard]] bool was_ready() const override { return ready_at_.has_value(); }
  [[nodiscard]] net::Clock::time_point state_since() const override { return state_since_; }
  [[nodiscard]] bool marked_for_replacement() const override {
    return !replacement_reason_.empty();
  }
  [[nodiscard]] std::optional<Overrun> overrun(net::Clock::time_point now,
                                               Allowance allowance) override {
    return watchdog_.overrun(now, allowance);
  }
  [[nodiscard]] std::optional<net::Clock::time_point> next_check() const override {
    return watchdog_.next_check(state_since_);
  }
  void replace(std::string reason) override;
  void drain() override;
  void kill(metrics::WorkerEnd why, std::string_view reason) override;

  /// Marks it for replacement by another; `reason`, not empty, is for the log.
  void mark_for_replacement(std::string reason) { replacement_reason_ = std::move(reason); }
  [[nodiscard]] const std::string& replacement_reason() const { return replacement_reason_; }

  /// Returns whether it takes invocations of that generation.
  [[nodiscard]] bool serves(std::uint32_t generation) const {
    const auto& loaded = session_->generations();
    return state_ == WorkerState::ready && loaded->newest >= generation &&
           loaded->oldest <= generation;
  }

  /// Opens a stream for `invocation`, whose payload must fit in a frame. Requires state `ready` and
  /// unused stream numbers.
  void invoke(Invocation& invocation, net::Clock::time_point now) {
    session_->streams().open(invocation, now);
  }

  /// These forward to LinkSession; a worker that is not `ready` is neither pinged nor writes
  /// snapshots.
  void ping(net::Clock::time_point now, bool sample);
  void snapshot(std::string_view path);
  void load(const Load& load) { session_->load(load); }
  [[nodiscard]] bool listen(net::Clock::time_point now) {
    return state_ == WorkerState::ready && session_->listen(now);
  }
  /// See WorkerStreams::take_back().
  [[nodiscard]] std::vector<WorkerStreams::TakenBack> take_back() {
    return session_->streams().take_back();
  }

  [[nodiscard]] const LinkSession& session() const { return *session_; }
  [[nodiscard]] const WorkerStreams& streams() const { return session_->streams(); }
  [[nodiscard]] Watchdog& watchdog() { return watchdog_; }
  [[nodiscard]] const Watchdog& watchdog() const { return watchdog_; }
  [[nodiscard]] const CrashReport& crash_report() const { return report_; }
  /// Returns why it ended, for the log.
  [[nodiscard]] std::string cause_of_death() const {
    return report_.cause(session_->sample().heap_used);
  }

  [[nodiscard]] net::Clock::time_point started_at() const { return started_at_; }
  /// Returns this process's own id if the worker runs inside it.
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  WorkerHandle(net::EventLoop& loop, const WorkerOptions& options, Observer& observer);

  // Watchdog::Subject
  [[nodiscard]] bool accountable() const override { return process_ && !report_.was_killed(); }
  [[nodiscard]] Activity activity() const override { return session_->activity(); }
  [[nodiscard]] std::vector<ThreadReading> threads() const override;
  [[nodiscard]] LinkProgress link_progress() const override { return session_->progress(); }

  // LinkSession::Observer
  void on_room() override;
  void on_response_begun(std::uint32_t generation, std::uint32_t route) override;
  void on_loaded(std::uint32_t generation) override;
  void on_load_failed(std::uint32_t generation, std::string_view error) override;
  void on_sample() override { observer_.on_worker_sample(*this); }
  void on_link_closed(ChannelEnd how) override;

  void on_exit(Exit exit);
  void drain_after_exit();
  void die();
  void enter(WorkerState state);

  net::EventLoop& loop_;
  Observer& observer_;
  bool threaded_;
  WorkerState state_ = WorkerState::starting;
  net::Clock::time_point state_since_;
  net::Clock::time_point started_at_;
  /// When it first became ready, if it did.
  std::optional<net::Clock::time_point> ready_at_;
  std::string replacement_reason_;
  Watchdog watchdog_;
  CrashReport report_;
  pid_t pid_ = 0;
  /// Null if the worker runs in this process.
  std::unique_ptr<ChildProcess> process_;
  /// Set as soon as the worker has started.
  std::optional<LinkSession> session_;
  /// After the process has ended: how many of its bytes had been read at the last check.
  std::uint64_t read_at_last_check_ = 0;
  /// Posted callbacks check this: the handle may be destroyed before they run.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::workers
