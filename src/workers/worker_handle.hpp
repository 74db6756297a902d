// WorkerHandle is the server's view of one worker process: its state, its link, the invocations
// inside it. The worker itself is runtime/node/src/worker.ts. It trusts nothing that comes over
// the link: a frame that breaks the protocol costs the worker its life.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/event_loop.hpp"
#include "workers/channel.hpp"
#include "workers/child_process.hpp"
#include "workers/invocation.hpp"
#include "workers/role.hpp"
#include "workers/stream_table.hpp"
#include "workers/supervisor.hpp"

namespace millrace::workers {

/// A generation of routes for a worker to load (the link's `load`).
struct Load {
  std::uint32_t generation = 0;
  /// Absolute path of the manifest.
  std::string manifest;
  /// Absolute path of the project.
  std::string root;
  /// "development" or "production".
  std::string mode;
  /// A JSON object of environment changes, empty for none.
  std::string environment_json;
};

/// Answers a question to the data cache. Does nothing once the worker is gone.
using CacheReply = std::function<void(std::string_view answer)>;

/// Belongs to the loop's thread. Destroying it kills the process; invocations inside must have
/// been failed before.
class WorkerHandle final : public SupervisedWorker, private Channel::Observer {
 public:
  /// Hears of a worker's life, from the loop. Must not destroy the handle inside a call.
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
    /// It has room for one more invocation.
    virtual void on_worker_freed(WorkerHandle& worker) = 0;
    /// It is dead, its invocations have been told. `cause` is one line for the log.
    virtual void on_worker_dead(WorkerHandle& worker, const std::string& cause) = 0;
    virtual void on_worker_log(WorkerHandle& worker, link::LogLevel level,
                               std::string_view text) = 0;
    /// It asks the data cache (the link's `cache`): `reply` is to be called once with the answer's
    /// JSON, now or later. False where `request` is no such question: a protocol error.
    virtual bool on_worker_cache(WorkerHandle& worker, std::string_view request,
                                 CacheReply reply) = 0;
  };

  /// Starts the process; it is `starting` until it says ready to `load`.
  [[nodiscard]] static base::Result<std::unique_ptr<WorkerHandle>> start(net::EventLoop& loop,
                                                                         const Role& role,
                                                                         const Launch& launch,
                                                                         const Load& load,
                                                                         Observer& observer);
  ~WorkerHandle() override;

  // SupervisedWorker
  [[nodiscard]] WorkerState state() const override { return state_; }
  [[nodiscard]] bool was_ready() const override { return was_ready_; }
  [[nodiscard]] net::Clock::time_point state_since() const override { return state_since_; }
  void drain() override;
  void kill(std::string_view reason) override;

  [[nodiscard]] pid_t pid() const { return process_ ? process_->pid() : pid_; }
  [[nodiscard]] std::size_t in_flight() const { return streams_.size(); }
  /// The newest generation it has loaded; nothing before the first.
  [[nodiscard]] std::optional<std::uint32_t> generation() const { return generation_; }
  /// The oldest generation whose invocations it can answer.
  [[nodiscard]] std::uint32_t oldest_generation() const { return oldest_generation_; }

  /// Asks it to load another generation.
  void load(const Load& load);

  /// Opens a stream for `invocation`. Only in state `ready`.
  void invoke(Invocation& invocation);

 private:
  friend class Invocation;

  WorkerHandle(net::EventLoop& loop, const Role& role, const Load& load, Observer& observer);

  // For Invocation.
  void send_body(std::uint32_t stream, std::string_view bytes, bool end);
  void grant_credit(std::uint32_t stream, std::uint32_t bytes);
  void abort_stream(Invocation& invocation, link::AbortReason reason);

  // Channel::Observer
  bool on_frame(const link::Frame& frame) override;
  void on_channel_closed(bool protocol_error) override;

  bool on_hello(const link::Frame& frame);
  bool on_ready(const link::Frame& frame);
  bool on_log(const link::Frame& frame);
  bool on_cache(const link::Frame& frame);
  void send_cached(std::string_view answer);
  bool on_stream_frame(const link::Frame& frame);
  bool on_response(Invocation& invocation, const link::Frame& frame);
  bool on_body(Invocation& invocation, std::string_view bytes, bool end);
  bool on_credit(Invocation& invocation, const link::Frame& frame);
  bool take_credit(Invocation& invocation, std::size_t bytes);

  void on_exit(Exit exit);
  void settle();
  void die(std::string cause);
  void close_stream(Invocation& invocation);
  void fail_all();
  void enter(WorkerState state);

  net::EventLoop& loop_;
  const Role& role_;
  Load load_;
  Observer& observer_;
  WorkerState state_ = WorkerState::starting;
  net::Clock::time_point state_since_;
  bool was_ready_ = false;
  bool greeted_ = false;
  pid_t pid_ = 0;
  std::unique_ptr<ChildProcess> process_;
  std::unique_ptr<Channel> channel_;
  StreamTable streams_;
  std::uint32_t next_stream_ = 1;
  /// The frames so far of a question to the data cache.
  std::string cache_request_;
  std::optional<std::uint32_t> generation_;
  std::uint32_t oldest_generation_ = 0;
  /// Why it was killed, where we did it.
  std::string killed_because_;
  std::optional<Exit> exit_;
  std::uint64_t bytes_at_settle_ = 0;
  /// Posted callbacks check it: the handle may be gone when they run.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::workers
