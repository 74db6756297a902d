// Worker is a native worker process with several threads: one reads the link, those of the thread
// pool run the handlers.
#pragma once

#include <atomic>
#include <cstddef>

#include "base/unique_fd.hpp"
#include "frame_input.hpp"
#include "socket_outbox.hpp"
#include "thread_pool.hpp"
#include "worker_session.hpp"

namespace millrace::native {

/// Belongs to the thread that runs it.
class Worker {
 public:
  /// `link`: the descriptor of the link, which is made non-blocking; the caller owns it.
  Worker(int link, std::size_t threads);

  /// Speaks the link protocol until the link ends.
  [[nodiscard]] Ending run();

 private:
  void wake();

  const int link_;
  base::UniqueFd wake_event_;
  std::atomic<bool> stalled_{false};
  SocketOutbox out_;
  WorkerSession session_;
  FrameInput input_;
  /// The last member, so that it is destroyed first: its threads use the others.
  ThreadPool thread_pool_;
};

}  // namespace millrace::native
