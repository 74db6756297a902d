// Worker is a worker for routes in C++ as a process: it reads the link's descriptor and has threads
// run the handlers.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/unique_fd.hpp"
#include "crew.hpp"
#include "host.hpp"
#include "socket_outbox.hpp"

namespace millrace::native {

/// Belongs to the thread that runs it.
class Worker {
 public:
  /// `link`: the descriptor of the link, made non-blocking; it stays the caller's.
  Worker(int link, std::size_t threads);

  /// How it ended.
  enum class Ending : std::uint8_t {
    /// The server had asked, and nothing was left.
    drained,
    server_gone,
    protocol_error,
  };

  /// Speaks the link until its end.
  [[nodiscard]] Ending run();

 private:
  enum class Read : std::uint8_t { more, gone, broken };
  [[nodiscard]] Read read_frames();
  void wake();

  const int link_;
  base::UniqueFd bell_;
  std::atomic<bool> stalled_{false};
  SocketOutbox out_;
  std::string input_;
  Host host_;
  /// Last, so that it ends first: its threads use the rest.
  Crew crew_;
};

}  // namespace millrace::native
