// Orphans ends the processes that workers leave behind: processes that a handler has started and
// that outlive its worker, including detached ones. The kernel makes them children of the server
// (PR_SET_CHILD_SUBREAPER); they are killed when a worker ends, and at the latest when the server
// ends.
#pragma once

#include <sys/types.h>

#include <string>

#include "net/event_loop.hpp"
#include "net/signals.hpp"

namespace millrace::workers {

/// At most one per process. Belongs to the loop's thread, as all ChildProcesses then do.
class Orphans {
 public:
  /// Children that this process already has are not killed, because the program that ran in it
  /// before the server started them. They are reaped when they end.
  explicit Orphans(net::EventLoop& loop);
  Orphans(const Orphans&) = delete;
  Orphans& operator=(const Orphans&) = delete;
  ~Orphans();

  /// Registers the worker `pid`, which is not an orphan. Processes with `mark` in their environment
  /// are not orphans either while that worker lives.
  static void spare(pid_t pid, std::string mark);
  /// Call when the worker `pid` has ended and been reaped: kills the processes that it left behind.
  /// Does nothing if no Orphans object exists.
  static void kill_orphans_of(pid_t pid);

 private:
  net::Signals signals_;
};

}  // namespace millrace::workers
