// LinkSession is the server's end of the link to one worker (protocol/link.md): the hello, the
// generations it loads, pings, samples, heap snapshots, requests to the data cache, and the streams
// of its invocations. It trusts nothing that arrives over the link: a frame that violates the
// protocol closes it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/unique_fd.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"
#include "workers/cache_requests.hpp"
#include "workers/channel.hpp"
#include "workers/crash_report.hpp"
#include "workers/inline_peer.hpp"
#include "workers/load.hpp"
#include "workers/read_proof.hpp"
#include "workers/role.hpp"
#include "workers/sample.hpp"
#include "workers/unrouted.hpp"
#include "workers/watchdog.hpp"
#include "workers/worker_services.hpp"
#include "workers/worker_streams.hpp"

namespace millrace::workers {

struct SessionOptions {
  /// The role that the worker must have; outlives the session.
  const Role& role;
  /// The generation to load first.
  Load load;
  StreamLimits streams = {};
  /// The pool's PoolOptions::cache_scope.
  std::string cache_scope = {};
};

/// The generations whose invocations a worker can run.
struct Generations {
  std::uint32_t oldest = 0;
  std::uint32_t newest = 0;
};

/// Belongs to the loop's thread. Invocations that are in flight when it is destroyed fail.
class LinkSession final : private Channel::Observer {
 public:
  /// Receives the session's events, from the loop. Must not destroy the session inside a call.
  class Observer : public WorkerStreams::Observer {
   public:
    /// The worker has loaded `generation`.
    virtual void on_loaded(std::uint32_t generation) = 0;
    /// The worker could not load `generation`.
    virtual void on_load_failed(std::uint32_t generation, std::string_view error) = 0;
    /// The worker has sent a sample: sample() is new.
    virtual void on_sample() = 0;
    /// The link has closed. Not called after close().
    virtual void on_link_closed(ChannelEnd how) = 0;
  };

  /// The other end: a connected non-blocking socket, or a worker in this process.
  using Peer = std::variant<base::UniqueFd, InlineFactory>;

  /// `watchdog`, `report`, `services` and `observer` must outlive the session.
  LinkSession(net::EventLoop& loop, Peer peer, SessionOptions options, Watchdog& watchdog,
              CrashReport& report, WorkerServices& services, Observer& observer);
  LinkSession(const LinkSession&) = delete;
  LinkSession& operator=(const LinkSession&) = delete;
  ~LinkSession() override;

  /// Makes the worker load another generation; before its hello, the request waits until then.
  void load(const Load& load);
  [[nodiscard]] const Load& last_load() const { return load_; }

  /// Pings the worker unless a ping is pending; with `sample` it also sends a sample.
  void ping(net::Clock::time_point now, bool sample);
  /// Call at intervals of Pulse::kQuietAfter while it returns true: it pings a worker that has said
  /// nothing since the last call and may not have read all invocations. Returns false when the worker
  /// has proved that it has.
  [[nodiscard]] bool listen(net::Clock::time_point now);
  /// Keeps a duplicate of the worker's end of the socket, through which unread invocations are taken
  /// back.
  void keep_peer_end(base::UniqueFd end) { channel_->keep_peer_end(std::move(end)); }
  /// Makes the worker write a heap snapshot to `path`, which must not exist; the worker logs the
  /// outcome.
  void snapshot(std::string_view path);
  /// Tells the worker to finish its invocations and end.
  void drain();

  /// Returns nullopt until the worker has loaded its first generation.
  [[nodiscard]] const std::optional<Generations>& generations() const { return generations_; }
  [[nodiscard]] Activity activity() const;
  /// Returns whether the worker reports that it is loading modules for the first requests of their
  /// routes.
  [[nodiscard]] bool loads_modules() const { return modules_ == Modules::loading; }
  /// Returns whether it takes those requests without a route.
  [[nodiscard]] bool takes(Unrouted which) const { return unrouted_ >= which; }

  [[nodiscard]] WorkerStreams& streams() { return streams_; }
  [[nodiscard]] const WorkerStreams& streams() const { return streams_; }
  /// Returns whether the worker reads its link too slowly to be given more; on_room() follows.
  [[nodiscard]] bool congested() const { return channel_->congested(); }

  /// Returns the worker's last sample.
  [[nodiscard]] const Sample& sample() const { return sample_; }
  /// Returns by how many bytes the memory that the worker holds has grown between its last two
  /// samples; nullopt before the second.
  [[nodiscard]] std::optional<double> growth() const { return change_.growth; }
  /// Returns the CPU time that the worker has used between its last two samples, or before its
  /// first.
  [[nodiscard]] std::chrono::nanoseconds cpu_since_last_sample() const { return change_.cpu; }

  [[nodiscard]] bool closed() const { return channel_->closed(); }
  [[nodiscard]] LinkProgress progress() const;
  /// The process has ended: what it has sent is still read, and nothing more is sent to it.
  void peer_has_ended() { channel_->peer_has_ended(); }
  /// Closes without a call of the observer.
  void close() { channel_->close(); }

 private:
  enum class Handshake : std::uint8_t { awaiting_hello, hello_received };
  enum class Modules : std::uint8_t { loaded, loading };

  /// What has changed between the last two samples.
  struct Change {
    std::optional<double> growth;
    std::chrono::nanoseconds cpu{0};
  };

  /// How many heap snapshots have been requested, and how many of them the worker has not
  /// confirmed.
  struct Snapshots {
    std::uint64_t requested = 0;
    std::uint64_t open = 0;
  };

  // Channel::Observer
  bool on_frame(const link::Frame& frame) override;
  void on_channel_drained() override;
  void on_channel_closed(ChannelEnd how) override { observer_.on_link_closed(how); }

  [[nodiscard]] bool hello_received() const { return handshake_ == Handshake::hello_received; }
  bool on_hello(const link::Frame& frame);
  bool on_ready(const link::Frame& frame);
  bool on_log(const link::Frame& frame);
  bool on_stats(const link::Frame& frame);
  bool on_pong(const link::Frame& frame);
  bool on_loading(const link::Frame& frame);
  bool on_listening(const link::Frame& frame);
  bool on_snapshot();
  void send_load();

  net::EventLoop& loop_;
  const Role& role_;
  Load load_;
  Watchdog& watchdog_;
  CrashReport& report_;
  WorkerServices& services_;
  Observer& observer_;
  std::unique_ptr<Channel> channel_;
  WorkerStreams streams_;
  CacheRequests cache_;
  Handshake handshake_ = Handshake::awaiting_hello;
  Modules modules_ = Modules::loaded;
  Unrouted unrouted_ = Unrouted::none;
  std::optional<Generations> generations_;
  Sample sample_;
  Change change_;
  ReadProof proof_;
  Snapshots snapshots_;
  /// Posted callbacks check this: the session may be destroyed before they run.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::workers
