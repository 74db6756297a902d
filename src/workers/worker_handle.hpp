// WorkerHandle is the server's view of one worker process: its state, its link, the invocations
// inside it. The worker itself is runtime/node/src/worker.ts. It trusts nothing that comes over
// the link: a frame that breaks the protocol costs the worker its life.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"
#include "project/generated/settings_structs.hpp"
#include "workers/channel.hpp"
#include "workers/child_process.hpp"
#include "workers/invocation.hpp"
#include "workers/pulse.hpp"
#include "workers/role.hpp"
#include "workers/sample.hpp"
#include "workers/spent_time.hpp"
#include "workers/stream_table.hpp"
#include "workers/supervisor.hpp"

namespace millrace::workers {

/// What workers need to know of a route.
struct RouteInfo {
  /// For the log: "/api/users/[id]".
  std::string path;
  /// 0 for as long as it takes.
  std::chrono::milliseconds max_duration{0};
  /// The place in the fleet of the pool that runs it.
  std::size_t pool = 0;
};

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
  /// Import every route before saying ready, instead of each when it is first asked for.
  bool eager = false;
  /// By number; may be shorter than the manifest's.
  std::shared_ptr<const std::vector<RouteInfo>> routes = std::make_shared<std::vector<RouteInfo>>();
  /// Whose workers load it; see RouteInfo::pool.
  std::size_t pool = 0;
};

/// An invocation that was inside a worker when it ended.
struct AtHand {
  std::uint32_t generation = 0;
  std::uint32_t route = 0;
  std::uint64_t stream = 0;
};

/// How much a worker may take of its own time: CPU time, or six times as much asleep. What it waits
/// for a CPU does not count. 0 is no limit.
struct WorkLimits {
  /// To answer a ping.
  std::chrono::milliseconds blocked = project::PoolLimits{}.blocked;
  /// To get ready, and to load modules later.
  std::chrono::milliseconds start = project::PoolLimits{}.start_timeout;
  /// To end when it is told to, asleep or not.
  std::chrono::milliseconds drain = project::PoolLimits{}.drain_timeout;
  /// Past it, asleep or not, a worker that owes a pong counts as held(): nothing is done to it. 0: it
  /// is not looked at.
  std::chrono::milliseconds held{0};
};

/// Answers a question to the data cache. Does nothing once the worker is gone.
using CacheReply = std::function<void(std::string_view answer)>;

/// Belongs to the loop's thread. Destroying it kills the process; invocations that are still inside
/// fail.
class WorkerHandle final : public SupervisedWorker, private Channel::Observer, private StreamHost {
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
    /// It has room for one more invocation, or answers again after a silence.
    virtual void on_worker_freed(WorkerHandle& worker) = 0;
    /// An invocation's answer has begun.
    virtual void on_worker_answered(WorkerHandle& worker, std::uint32_t generation,
                                    std::uint32_t route) = 0;
    /// It has told of itself: sample() is new.
    virtual void on_worker_sample(WorkerHandle& worker) = 0;
    /// It is past a limit and to be replaced: retires_because().
    virtual void on_worker_late(WorkerHandle& worker) = 0;
    /// It is dead, its invocations have been told: at_hand(). `cause` is one line for the log.
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
  [[nodiscard]] bool retiring() const override { return !retires_because_.empty(); }
  [[nodiscard]] std::optional<Overrun> overrun(net::Clock::time_point now,
                                               Allowance allowance) override;
  [[nodiscard]] std::optional<net::Clock::time_point> next_look() const override;
  void replace(std::string reason) override;
  void drain() override;
  void kill(std::string_view reason) override;

  /// Another is to take its place; `reason`, not empty, is for the log.
  void retire(std::string reason) { retires_because_ = std::move(reason); }
  [[nodiscard]] const std::string& retires_because() const { return retires_because_; }

  void set_limits(const WorkLimits& limits) { limits_ = limits; }
  /// The limit of its heap in bytes, by which its death may be explained; 0 for unknown.
  void set_heap_limit(std::uint64_t bytes) { heap_limit_ = bytes; }

  /// So many responses may be streaming() at a time; more are refused.
  void set_most_streaming(std::size_t most) { most_streaming_ = most; }
  /// The number of its first stream, before there is one; tests begin near an end.
  void set_first_stream(std::uint64_t number) { next_stream_ = number; }

  /// Pings it, where no ping is on its way; with `sample` it tells of itself too.
  void ping(net::Clock::time_point now, bool sample);

  /// Whether its event loop turns, as far as is known.
  [[nodiscard]] Pulse::State pulse(net::Clock::time_point now) { return pulse_.state(now); }

  /// Whether a ping waits longer than a loop that turns lets it.
  [[nodiscard]] bool answer_overdue(net::Clock::time_point now) const {
    return pulse_.pinged_at() && now - *pulse_.pinged_at() >= Pulse::kUnresponsiveAfter;
  }

  /// Whether its event loop has not turned for so long that another should stand in for it; see
  /// WorkLimits::held. Loading modules does not count.
  [[nodiscard]] bool held() const;

  /// Whether it takes invocations of that generation.
  [[nodiscard]] bool serves(std::uint32_t generation) const {
    return state_ == WorkerState::ready && generation_ >= generation &&
           oldest_generation_ <= generation;
  }

  /// Whether it loads modules that the first requests for their routes have asked for, as it says.
  [[nodiscard]] bool loading() const { return loading_; }
  /// It takes requests that no route is for.
  [[nodiscard]] bool listening() const { return listening_; }

  /// What it said of itself last.
  [[nodiscard]] const Sample& sample() const { return sample_; }
  /// By how many bytes what it holds has grown between its last two samples; none at the first.
  [[nodiscard]] std::optional<double> grown() const { return grown_; }
  /// Has it write a heap snapshot to `path`, which must not exist; the log tells how it went.
  void snapshot(std::string_view path);
  /// How long the last ping took.
  [[nodiscard]] net::Clock::duration lag() const { return lag_; }
  /// Invocations so far.
  [[nodiscard]] std::uint64_t invocations() const { return invocations_; }
  [[nodiscard]] net::Clock::time_point started_at() const { return started_at_; }
  /// Dead: it was drained, and has ended well.
  [[nodiscard]] bool ended_as_asked() const;
  /// Dead: by a signal of somebody else's.
  [[nodiscard]] bool killed_from_outside() const;
  /// What was inside when it ended, and what had just expired and held it; the likeliest to have
  /// ended it first.
  [[nodiscard]] const std::vector<AtHand>& at_hand() const { return at_hand_; }
  [[nodiscard]] const Load& last_load() const { return load_; }

  [[nodiscard]] pid_t pid() const { return process_ ? process_->pid() : pid_; }
  /// Invocations inside.
  [[nodiscard]] std::size_t in_flight() const { return streams_.size(); }
  /// Those of them whose request has come whole and whose response has begun, and goes on: event
  /// streams, and long bodies on their way.
  [[nodiscard]] std::size_t streaming() const { return streaming_; }
  /// Those whose response has not begun.
  [[nodiscard]] std::size_t working() const { return streams_.size() - streaming_; }
  [[nodiscard]] bool streams_full() const { return streaming_ >= most_streaming_; }
  /// How many invocations it can be given before its stream numbers end.
  [[nodiscard]] std::uint64_t streams_left() const {
    return protocol::kMaxStream + 1 - next_stream_;
  }
  /// It reads its link too slowly to be given more; on_worker_freed() follows.
  [[nodiscard]] bool congested() const { return channel_->congested(); }
  /// The newest generation it has loaded; nothing before the first.
  [[nodiscard]] std::optional<std::uint32_t> generation() const { return generation_; }
  /// The oldest generation whose invocations it can answer.
  [[nodiscard]] std::uint32_t oldest_generation() const { return oldest_generation_; }

  /// Asks it to load another generation.
  void load(const Load& load);

  /// Opens a stream for `invocation`, whose payload fits a frame. Only in state `ready`, with
  /// streams_left().
  void invoke(Invocation& invocation, net::Clock::time_point now);

 private:
  WorkerHandle(net::EventLoop& loop, const Role& role, const Load& load, Observer& observer);

  // StreamHost
  [[nodiscard]] std::size_t body_credit(const OpenStream& stream) const override;
  void send_body(OpenStream& stream, std::string_view bytes, bool end) override;
  void consumed(OpenStream& stream, std::size_t bytes) override;
  void abort(Invocation& invocation, link::AbortReason reason) override;
  void expire(Invocation& invocation, net::Clock::time_point now) override;

  void send_ping(net::Clock::time_point now, bool sample);

  // Channel::Observer
  bool on_frame(const link::Frame& frame) override;
  void on_channel_drained() override;
  void on_channel_closed(ChannelEnd how) override;

  void send_load();
  [[nodiscard]] bool begin_streaming(OpenStream& stream);
  /// What is awaited of it now, and how much of its time it may take; 0 for no limit.
  struct Awaited {
    Overrun::Limit limit = Overrun::Limit::blocked;
    std::chrono::milliseconds time{0};
  };
  [[nodiscard]] std::optional<Awaited> awaited(Allowance allowance) const;
  /// The least of its own time by which a limit is reached; 0 where there is none.
  [[nodiscard]] std::chrono::milliseconds first_limit(const Awaited& awaited) const;
  void look(net::Clock::time_point now, const Awaited& awaited);
  void heard();

  bool on_hello(const link::Frame& frame);
  bool on_ready(const link::Frame& frame);
  bool on_log(const link::Frame& frame);
  bool on_cache(const link::Frame& frame);
  bool on_stats(const link::Frame& frame);
  bool on_pong(const link::Frame& frame);
  bool on_loading(const link::Frame& frame);
  bool on_listening(const link::Frame& frame);
  void send_cached(std::string_view answer);
  bool on_stream_frame(const link::Frame& frame);
  bool on_response(Invocation& invocation, const link::Frame& frame);
  bool on_body(Invocation& invocation, std::string_view bytes, bool end);
  bool on_credit(Invocation& invocation, const link::Frame& frame);
  static bool take_credit(OpenStream& stream, std::size_t bytes);

  void on_exit(Exit exit);
  void settle();
  void die(std::string cause);
  void close_stream(Invocation& invocation);
  void fail_all();
  void enter(WorkerState state);
  [[nodiscard]] std::string death_by(const Exit& exit) const;

  net::EventLoop& loop_;
  const Role& role_;
  Load load_;
  Observer& observer_;
  WorkerState state_ = WorkerState::starting;
  net::Clock::time_point state_since_;
  net::Clock::time_point started_at_;
  bool was_ready_ = false;
  bool greeted_ = false;
  bool drained_ = false;
  /// It runs in this process.
  bool inline_ = false;
  pid_t pid_ = 0;
  std::unique_ptr<ChildProcess> process_;
  std::unique_ptr<Channel> channel_;
  StreamTable streams_;
  std::uint64_t next_stream_ = 1;
  std::uint64_t invocations_ = 0;
  std::size_t streaming_ = 0;
  std::size_t most_streaming_ = std::numeric_limits<std::size_t>::max();
  /// The frames so far of a question to the data cache.
  std::string cache_request_;
  std::optional<std::uint32_t> generation_;
  std::uint32_t oldest_generation_ = 0;
  /// Why it was killed, where we did it.
  std::string killed_because_;
  std::string retires_because_;
  Pulse pulse_;
  WorkLimits limits_;
  bool loading_ = false;
  bool listening_ = false;
  /// Since what is awaited of it is awaited; looked at by then at the latest.
  SpentTime spent_;
  net::Clock::time_point next_look_{};
  /// The bytes that had come from it when it was first seen to be late.
  std::optional<std::uint64_t> said_by_then_;
  /// The bytes that it had read then, where its frames were held back.
  std::uint64_t read_by_then_ = 0;
  std::uint64_t heap_limit_ = 0;
  std::uint64_t pings_ = 0;
  net::Clock::time_point last_ping_at_{};
  net::Clock::duration lag_{0};
  Sample sample_;
  std::optional<double> grown_;
  std::uint64_t snapshots_ = 0;
  /// Those of them that it has not said to have written.
  std::uint64_t snapshots_open_ = 0;
  std::vector<AtHand> at_hand_;
  /// The newest stream whose answer has begun.
  std::uint64_t last_answered_ = 0;
  /// Expired, and the event loop has not turned since.
  std::vector<AtHand> overdue_;
  /// Since when it owes the pong to that ping, which followed the first of them.
  std::optional<net::Clock::time_point> overdue_since_;
  std::uint64_t overdue_ping_ = 0;
  std::optional<Exit> exit_;
  std::uint64_t bytes_at_settle_ = 0;
  /// Posted callbacks check it: the handle may be gone when they run.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::workers
