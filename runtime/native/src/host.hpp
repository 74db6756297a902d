// Host is the worker's side of the link (protocol/link.md), whatever carries the frames: it keeps the
// table of calls, gives them to a runner, loads generations, and answers pings only while a handler
// could be called.
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
class Host final : private CallOwner {
 public:
  /// `out` and `runner` outlive the host and its calls. `on_idle`: called from any thread when it may
  /// have become drained; may be empty.
  Host(Outbox& out, Runner& runner, std::function<void()> on_idle = {});

  /// Appends the first frame.
  void say_hello();

  /// A frame from the server. False where it breaks the protocol.
  [[nodiscard]] bool on_frame(const link::Frame& frame);

  /// Gives the calls that have come to the runner.
  void run_batch();

  /// Whether the server has asked it to end and nothing is left.
  [[nodiscard]] bool drained();

  /// From now on pings are answered whatever calls the server has given up on: where nothing can end
  /// the worker, silence would only keep the other routes from being asked.
  void answer_always() { answers_always_ = true; }

  /// Each call keeps `owner` from now on, until it is done.
  void keep_alive_by(std::shared_ptr<void> owner) { keep_ = std::move(owner); }

 private:
  [[nodiscard]] bool on_stream_frame(const link::Frame& frame);
  [[nodiscard]] bool on_invoke(const link::Frame& frame);
  [[nodiscard]] bool on_body(std::uint64_t stream, std::string_view bytes, bool end);
  [[nodiscard]] bool on_load(std::string_view text);
  [[nodiscard]] bool on_ping(const link::Frame& frame);
  void on_abort(std::uint64_t stream, link::AbortReason reason);
  struct Question {
    std::string payload;
    bool sample;
    std::atomic<bool> answered{false};
  };
  void answer_ping(const std::shared_ptr<Question>& question);
  [[nodiscard]] std::string sample();
  void on_call_over(NativeCall& call) override;
  void on_call_done(NativeCall& call) override;
  [[nodiscard]] std::shared_ptr<NativeCall> find(std::uint64_t stream);

  Outbox& out_;
  Runner& runner_;
  const std::function<void()> on_idle_;
  std::shared_ptr<void> keep_;
  std::atomic<bool> draining_{false};
  std::uint64_t newest_stream_ = 0;
  /// Written by the link's thread alone, with the mutex held; samples read it.
  std::mutex generations_mutex_;
  std::map<std::uint32_t, std::shared_ptr<Generation>> generations_;
  /// Runnable calls of the batch at hand.
  std::vector<std::shared_ptr<NativeCall>> batch_;

  std::mutex mutex_;
  struct Open {
    std::shared_ptr<NativeCall> call;
    /// The runner has it.
    bool given = false;
    /// The server gave up on it, and it still holds a thread.
    bool overdue = false;
  };
  /// By stream.
  std::unordered_map<std::uint64_t, Open> open_;
  /// Open calls that are overdue.
  std::size_t overdue_ = 0;
  /// The newest ping that came while there were any; the server sends no other before its answer.
  std::shared_ptr<Question> unanswered_;
  bool answers_always_ = false;
  /// Calls whose handler, or what it started, is not done.
  std::atomic<std::size_t> undone_{0};
};

}  // namespace millrace::native
