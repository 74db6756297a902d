// Worker is the worker's side of the link (protocol/link.md): it reads the server's frames, keeps the
// table of calls, gives them to the crew, and answers pings only while a thread is free to work.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/unique_fd.hpp"
#include "crew.hpp"
#include "generation.hpp"
#include "link/frame.hpp"
#include "native_call.hpp"
#include "outbox.hpp"

namespace millrace::native {

/// Belongs to the thread that runs it; the crew's threads call the members of CallOwner.
class Worker final : private CallOwner {
 public:
  /// `link`: the descriptor of the link, made non-blocking; it stays the caller's.
  Worker(int link, std::size_t threads);

  /// Speaks the link until the server says to end or is gone. The process's exit code.
  [[nodiscard]] int run();

  /// Whether it ended because the server had asked and nothing was left.
  [[nodiscard]] bool drained() const { return ending_ == Ending::drained; }

 private:
  enum class Ending : std::uint8_t { none, drained, server_gone, protocol_error };

  void say_hello();
  void read_frames();
  [[nodiscard]] bool on_frame(const link::Frame& frame);
  [[nodiscard]] bool on_stream_frame(const link::Frame& frame);
  [[nodiscard]] bool on_invoke(const link::Frame& frame);
  [[nodiscard]] bool on_body(std::uint32_t stream, std::string_view bytes, bool end);
  [[nodiscard]] bool on_load(std::string_view text);
  [[nodiscard]] bool on_ping(const link::Frame& frame);
  void on_abort(std::uint32_t stream, link::AbortReason reason);
  void answer_ping(const std::string& payload, bool sample);
  [[nodiscard]] std::string sample();
  void on_call_over(NativeCall& call) override;
  void on_call_done(NativeCall& call) override;
  [[nodiscard]] std::shared_ptr<NativeCall> find(std::uint32_t stream);
  void wake();
  [[nodiscard]] bool idle();

  const int link_;
  base::UniqueFd bell_;
  Outbox out_;
  std::string input_;
  std::size_t parsed_ = 0;
  Ending ending_ = Ending::none;
  bool draining_ = false;
  std::atomic<bool> stalled_{false};
  std::uint32_t newest_stream_ = 0;
  /// Written by the link's thread alone, with the mutex held; samples read it.
  std::mutex generations_mutex_;
  std::map<std::uint32_t, std::shared_ptr<Generation>> generations_;
  /// Runnable calls of the batch at hand.
  std::vector<std::shared_ptr<NativeCall>> batch_;

  std::mutex mutex_;
  /// Open streams, and whether the crew has them.
  struct Open {
    std::shared_ptr<NativeCall> call;
    bool given = false;
  };
  std::unordered_map<std::uint32_t, Open> open_;
  /// Calls whose handler, or what it started, is not done.
  std::atomic<std::size_t> undone_{0};
  /// Calls that the server gave up on and that still hold a thread.
  std::atomic<std::size_t> overdue_{0};

  /// Last, so that it ends first: its threads use the rest.
  Crew crew_;
};

}  // namespace millrace::native
