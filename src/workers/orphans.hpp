// Orphans sees to what workers leave behind: processes that a handler has started and that outlive
// its worker, also those that have detached themselves. The kernel makes them the server's children
// (PR_SET_CHILD_SUBREAPER); they end when a worker ends, and with the server at the latest.
#pragma once

#include <sys/types.h>

#include <string>

#include "net/event_loop.hpp"
#include "net/signals.hpp"

namespace millrace::workers {

/// One in a process at most. Belongs to the loop's thread, as all ChildProcesses then do.
class Orphans {
 public:
  /// Children that this process has now are not killed: they were started by what it was before.
  /// They are waited for when they end.
  explicit Orphans(net::EventLoop& loop);
  Orphans(const Orphans&) = delete;
  Orphans& operator=(const Orphans&) = delete;
  ~Orphans();

  /// `pid` is a worker from now on, and no orphan; nor is what it starts while it lives, which has
  /// `mark` among its variables.
  static void spare(pid_t pid, std::string mark);
  /// The worker `pid` has ended and been waited for: kills what it has left to this process.
  /// Nothing where there are no Orphans.
  static void end_those_of(pid_t pid);

 private:
  net::Signals signals_;
};

}  // namespace millrace::workers
