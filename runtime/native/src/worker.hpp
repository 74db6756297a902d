// Worker is a worker for routes in C++ as a process with several threads: one reads the link, the
// crew's run the handlers.
#pragma once

#include <atomic>
#include <cstddef>

#include "base/unique_fd.hpp"
#include "crew.hpp"
#include "frame_input.hpp"
#include "host.hpp"
#include "socket_outbox.hpp"

namespace millrace::native {

/// Belongs to the thread that runs it.
class Worker {
 public:
  /// `link`: the descriptor of the link, made non-blocking; it stays the caller's.
  Worker(int link, std::size_t threads);

  /// Speaks the link until its end.
  [[nodiscard]] Ending run();

 private:
  void wake();

  const int link_;
  base::UniqueFd bell_;
  std::atomic<bool> stalled_{false};
  SocketOutbox out_;
  Host host_;
  FrameInput input_;
  /// Last, so that it ends first: its threads use the rest.
  Crew crew_;
};

}  // namespace millrace::native
