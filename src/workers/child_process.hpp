// Starts a child process whose descriptor 3 is one end of a socketpair, and reports when it ends.
// This is the parent's side; the code of the child is elsewhere.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "net/event_loop.hpp"
#include "net/readable_watch.hpp"
#include "workers/cgroups.hpp"
#include "workers/child_output.hpp"
#include "workers/inline_peer.hpp"
#include "workers/inspector.hpp"
#include "workers/process_limits.hpp"
#include "workers/sandbox.hpp"

namespace millrace::workers {

/// How to start a process. Nothing of the server's environment is inherited: the child gets
/// `environment` and MILLRACE_WORKER, the mark by which Orphans recognises the processes that the
/// child starts.
struct Launch {
  /// Absolute path of the program.
  std::string program;
  /// Arguments after the program's name.
  std::vector<std::string> arguments;
  /// "NAME=value" each.
  std::vector<std::string> environment;
  /// The directory that the process runs in.
  std::string working_directory;
  ProcessLimits limits = {};
  /// Null for none.
  std::shared_ptr<const Sandbox> sandbox = nullptr;
  /// Null: the worker stays in the server's control group.
  std::shared_ptr<Cgroups> cgroups = nullptr;
  CgroupLimits cgroup_limits = {};
  /// Where Node.js waits for a debugger; null for none.
  std::shared_ptr<Inspector> inspector = nullptr;
  /// If not empty, the worker runs in this process and all other members are ignored.
  InlineFactory inline_peer = nullptr;
};

/// How a process ended.
struct Exit {
  /// The exit code, if it exited by itself.
  int code = 0;
  /// The signal number; 0 if it exited by itself.
  int signal = 0;

  /// Returns "exit code 1" or "signal 9 (Killed)".
  [[nodiscard]] std::string to_string() const;
};

/// Belongs to the loop's thread. Destroying it kills the process and reaps it.
class ChildProcess {
 public:
  struct Spawned {
    std::unique_ptr<ChildProcess> process;
    /// The parent's end of the link; non-blocking.
    base::UniqueFd link;
    /// A duplicate of the child's end, from which the parent can take back what the child has not
    /// read. It keeps the link open after the child has closed its end.
    base::UniqueFd peer_end;
  };

  /// `on_exit` is called once, from the loop, after the process has ended and been reaped; it may
  /// destroy the ChildProcess. The child gets its own process group (the server handles a
  /// terminal's Ctrl-C) and /dev/null as standard input, and is killed if the server dies. In a
  /// sandbox its output goes through pipes, whose lines the server writes.
  [[nodiscard]] static base::Result<Spawned> spawn(net::EventLoop& loop, const Launch& launch,
                                                   std::function<void(Exit)> on_exit);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }

  /// Sends `signal`; does nothing if the process has ended.
  void send_signal(int signal);

 private:
  explicit ChildProcess(std::function<void(Exit)> on_exit);
  [[nodiscard]] base::Result<void> make_output(net::EventLoop& loop);
  void reap();

  pid_t pid_ = -1;
  bool reaped_ = false;
  std::function<void(Exit)> on_exit_;
  std::unique_ptr<net::ReadableWatch> ended_;
  /// Null for none.
  std::unique_ptr<Inspector::Lease> inspector_;
  /// Processes that remain in the group end with this one.
  std::unique_ptr<Cgroup> cgroup_;
  /// Null if the child writes to the server's own output.
  std::unique_ptr<ChildOutput> output_;
  std::unique_ptr<ChildOutput> errors_;
};

}  // namespace millrace::workers
