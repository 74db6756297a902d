// WorkerSession is the worker's side of the link (protocol/link.md), independent of the transport:
// it owns the table of calls, passes calls to a runner, loads generations, and responds to pings
// only while a handler could be called.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "generation.hpp"
#include "link/frame.hpp"
#include "native_call.hpp"
#include "outbox.hpp"
#include "runner.hpp"

namespace millrace::native {

/// Belongs to the thread that reads the link; the runner's threads call the members of CallOwner.
class WorkerSession final : private CallOwner {
 public:
  /// `out` and `runner` outlive the session and its calls. `on_idle` is called from any thread when
  /// the session may have become drained; may be empty.
  WorkerSession(Outbox& out, Runner& runner, std::function<void()> on_idle = {});

  /// Appends the first frame.
  void send_hello();

  /// Handles a frame from the server. Returns false for a protocol error.
  [[nodiscard]] bool on_frame(const link::Frame& frame);

  /// Passes the calls that have arrived to the runner.
  void run_batch();

  /// Whether the server has requested a drain and nothing is left to do.
  [[nodiscard]] bool drained();

  /// From now on, pongs are sent even while calls run past their deadline. For workers that cannot
  /// be killed: without pongs, their other routes would get no more requests.
  void ignore_overdue() { ignores_overdue_ = true; }

  /// From now on, each call keeps `owner` alive until it is done.
  void keep_alive_by(std::shared_ptr<void> owner) { keep_alive_ = std::move(owner); }

 private:
  [[nodiscard]] bool on_stream_frame(const link::Frame& frame);
  [[nodiscard]] bool on_invoke(const link::Frame& frame);
  [[nodiscard]] bool on_body(std::uint64_t stream, std::string_view bytes, bool end);
  [[nodiscard]] bool on_load(std::string_view text);
  [[nodiscard]] bool on_ping(const link::Frame& frame);
  void on_abort(std::uint64_t stream, link::AbortReason reason);
  struct PendingPong {
    std::string payload;
    bool sample;
    std::atomic<bool> sent{false};
  };
  void send_pong(const std::shared_ptr<PendingPong>& pong);
  [[nodiscard]] std::string sample();
  void on_call_over(NativeCall& call) override;
  void on_call_done(NativeCall& call) override;
  [[nodiscard]] std::shared_ptr<NativeCall> find(std::uint64_t stream);

  Outbox& out_;
  Runner& runner_;
  const std::function<void()> on_idle_;
  std::shared_ptr<void> keep_alive_;
  std::atomic<bool> draining_{false};
  std::uint64_t newest_stream_ = 0;
  /// Written only by the link's thread, with the mutex held; read by samples.
  std::mutex generations_mutex_;
  std::map<std::uint32_t, std::shared_ptr<Generation>> generations_;
  /// Runnable calls of the current batch.
  std::vector<std::shared_ptr<NativeCall>> batch_;

  std::mutex mutex_;
  struct Open {
    std::shared_ptr<NativeCall> call;
    /// Whether the runner has it.
    bool given = false;
    /// Whether its deadline has passed while it still blocks a thread.
    bool overdue = false;
  };
  /// By stream.
  std::unordered_map<std::uint64_t, Open> open_;
  /// Number of open calls that are overdue.
  std::size_t overdue_ = 0;
  /// The newest ping that arrived while there were any; the server sends no other before its pong.
  std::shared_ptr<PendingPong> pending_pong_;
  bool ignores_overdue_ = false;
  /// Number of calls whose handler, or work that it started, is not done.
  std::atomic<std::size_t> undone_{0};
};

}  // namespace millrace::native
