// Starts a child process with one end of a socketpair as its descriptor 3, and tells when it ends.
// The child's own code is not here: this is the parent's hold on it.
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

/// How to start a process. The environment is `environment` and the mark by which Orphans knows what the
/// process starts, MILLRACE_WORKER: nothing is inherited.
struct Launch {
  /// Absolute path of the program.
  std::string program;
  /// Arguments after the program's name.
  std::vector<std::string> arguments;
  /// "NAME=value" each.
  std::vector<std::string> environment;
  /// Where it runs.
  std::string working_directory;
  ProcessLimits limits = {};
  /// Null for none.
  std::shared_ptr<const Sandbox> sandbox = nullptr;
  /// Null: the worker stays in the server's control group.
  std::shared_ptr<Cgroups> cgroups = nullptr;
  CgroupLimits cgroup_limits = {};
  /// Null for none: where Node.js is to wait for a debugger.
  std::shared_ptr<Inspector> inspector = nullptr;
  /// Not empty: there is no process, and of the rest nothing counts.
  InlineFactory inline_peer = nullptr;
};

/// How a process ended.
struct Exit {
  /// Exit code, where it exited by itself.
  int code = 0;
  /// Signal number, 0 where it exited by itself.
  int signal = 0;

  /// "exit code 1", "signal 9 (Killed)".
  [[nodiscard]] std::string to_string() const;
};

/// Belongs to the loop's thread. Destroying it kills the process and reaps it.
class ChildProcess {
 public:
  struct Spawned {
    std::unique_ptr<ChildProcess> process;
    /// The parent's end of the link: non-blocking.
    base::UniqueFd link;
  };

  /// `on_exit` is called once, from the loop, after the process has ended and been reaped; it may
  /// destroy the ChildProcess. The child gets its own process group (a terminal's Ctrl-C is the
  /// server's to handle), /dev/null as standard input, and dies when the server dies. In a sandbox its output are
  /// pipes of which the server writes on each line.
  [[nodiscard]] static base::Result<Spawned> spawn(net::EventLoop& loop, const Launch& launch,
                                                   std::function<void(Exit)> on_exit);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }

  /// Sends `signal`; nothing where the process has ended.
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
  /// What is left in it ends with the process.
  std::unique_ptr<Cgroup> cgroup_;
  /// Null where it has the server's own.
  std::unique_ptr<ChildOutput> output_;
  std::unique_ptr<ChildOutput> errors_;
};

}  // namespace millrace::workers
