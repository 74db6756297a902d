#include "workers/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "workers/exec_gate.hpp"
#include "workers/orphans.hpp"

// glibc 2.36's header has no extern "C" of its own.
extern "C" {
#include <sys/pidfd.h>
}

namespace millrace::workers {

namespace {

/// The descriptor of the link in a worker (protocol/link.md).
constexpr int kLinkDescriptor = 3;

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Gives the child an open file description of its own, so that a program that makes its output
/// non-blocking, as Node.js does with pipes, does not change the server's. Async-signal-safe.
void separate_output(int descriptor, const char* path) {
  struct stat found {};
  if (::fstat(descriptor, &found) != 0 || !(S_ISFIFO(found.st_mode) || S_ISCHR(found.st_mode)))
    return;
  const int own = ::open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
  if (own < 0) return;
  ::dup2(own, descriptor);
  ::close(own);
}

/// Closes every descriptor on exec except the link and the output: a worker must not inherit
/// clients' connections, on which its code could then respond. Async-signal-safe.
void close_descriptors_on_exec() {
  constexpr unsigned kFirst = kLinkDescriptor + 1;
  if (::close_range(kFirst, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  // A kernel before 5.11.
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
  for (int one = kFirst; one < end; ++one) ::fcntl(one, F_SETFD, FD_CLOEXEC);
}

/// The server's descriptors that a child gets.
struct Ends {
  int link = -1;
  /// Where the child reports whether it has started.
  int report = -1;
  /// -1: the child uses the server's own.
  int output = -1;
  int errors = -1;
};

/// Connects the child's output. Async-signal-safe.
bool connect_output(const Ends& ends) {
  if (ends.output >= 0) {
    return ::dup2(ends.output, STDOUT_FILENO) >= 0 && ::dup2(ends.errors, STDERR_FILENO) >= 0;
  }
  separate_output(STDOUT_FILENO, "/proc/self/fd/1");
  separate_output(STDERR_FILENO, "/proc/self/fd/2");
  return true;
}

/// Applies the sandbox to the child and sends the server the listener that allows the program to
/// start. Async-signal-safe.
bool enter_sandbox(const Sandbox& sandbox, int report) {
  const int listener = sandbox.enter();
  if (listener < 0) return false;
  const bool sent = send_listener(report, listener);
  ::close(listener);
  return sent;
}

/// Runs in the child between fork and exec: only async-signal-safe calls are allowed.
[[noreturn]] void run_child(const char* program, char* const* arguments, char* const* environment,
                            const Launch& launch, const Cgroup* cgroup, const Ends& ends,
                            pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_DFL);
  // Descriptors that will become the first four are moved away first: their numbers may be among
  // those.
  const auto move = [](int descriptor) {
    return descriptor < 0 ? -1 : ::fcntl(descriptor, F_DUPFD_CLOEXEC, kLinkDescriptor + 1);
  };
  const Ends moved{.link = move(ends.link),
                   .report = move(ends.report),
                   .output = move(ends.output),
                   .errors = move(ends.errors)};
  const int null = move(::open("/dev/null", O_RDONLY));
  bool ok = connect_output(moved) && ::dup2(null, STDIN_FILENO) >= 0 &&
            ::dup2(moved.link, kLinkDescriptor) >= 0;
  // Must come before the limits, which may be lower than the number of open descriptors.
  close_descriptors_on_exec();
  apply(launch.limits);
  if (ok && cgroup != nullptr) ok = cgroup->enter();
  // Must come last: earlier steps may need what the sandbox denies.
  if (ok && launch.sandbox) ok = enter_sandbox(*launch.sandbox, moved.report);
  // Resolved inside the sandbox.
  ok = ok && ::chdir(launch.working_directory.c_str()) == 0;
  if (ok) ::execve(program, arguments, environment);
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(moved.report, &error, sizeof error);
  ::_exit(127);
}

/// A pair of connected sockets: ours and the child's.
struct Pair {
  base::UniqueFd ours;
  base::UniqueFd theirs;
};

base::Result<Pair> make_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return base::Error::from_errno("cannot create a socketpair for a worker", errno);
  }
  return Pair{.ours = base::UniqueFd(ends[0]), .theirs = base::UniqueFd(ends[1])};
}

}  // namespace

std::string Exit::to_string() const {
  if (signal == 0) return "exit code " + std::to_string(code);
  return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

base::Result<ChildProcess::Spawned> ChildProcess::spawn(net::EventLoop& loop, const Launch& launch,
                                                        std::function<void(Exit)> on_exit) {
  auto link = make_pair();
  if (!link) return link.error();
  auto report = make_pair();
  if (!report) return report.error();
  std::unique_ptr<ChildProcess> process(new ChildProcess(std::move(on_exit)));
  if (launch.sandbox) {
    if (auto made = process->make_output(loop); !made) return made.error();
  }
  std::unique_ptr<Cgroup> cgroup;
  if (launch.cgroups) {
    auto made = launch.cgroups->make(launch.cgroup_limits);
    if (!made) return made.error();
    cgroup = std::move(made).value();
  }
  std::vector<std::string> arguments = launch.arguments;
  if (launch.inspector) {
    process->inspector_ = launch.inspector->take();
    arguments.insert(arguments.begin(), process->inspector_->flag());
  }
  arguments.insert(arguments.begin(), launch.program);
  std::vector<std::string> environment = launch.environment;
  // A mark by which Orphans recognises the detached processes of this worker.
  static std::uint64_t started = 0;
  const std::string mark =
      "MILLRACE_WORKER=" + std::to_string(::getpid()) + "-" + std::to_string(++started);
  environment.push_back(mark);
  const std::vector<char*> argument_pointers = pointers_to(arguments);
  const std::vector<char*> environment_pointers = pointers_to(environment);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return base::Error::from_errno("cannot fork a worker", errno);
  if (pid == 0) {
    const Ends ends{.link = link->theirs.get(),
                    .report = report->theirs.get(),
                    .output = process->output_ ? process->output_->child_end() : -1,
                    .errors = process->errors_ ? process->errors_->child_end() : -1};
    run_child(launch.program.c_str(), argument_pointers.data(), environment_pointers.data(), launch,
              cgroup.get(), ends, parent);
  }
  Orphans::spare(pid, mark);
  process->pid_ = pid;
  process->cgroup_ = std::move(cgroup);
  report->theirs.reset();
  for (ChildOutput* const output : {process->output_.get(), process->errors_.get()}) {
    if (output != nullptr) output->release();
  }
  const int error = await_exec(report->ours.get(), pid);
  if (error != 0) return base::Error::from_errno("cannot run " + launch.program, error);
  base::UniqueFd pidfd(::pidfd_open(pid, 0));
  if (!pidfd) return base::Error::from_errno("cannot watch process " + std::to_string(pid), errno);
  process->ended_ = std::make_unique<net::ReadableWatch>(loop, std::move(pidfd),
                                                         [raw = process.get()] { raw->reap(); });
  // Applies to our end only: each end has its own flag.
  ::fcntl(link->ours.get(), F_SETFL, ::fcntl(link->ours.get(), F_GETFL) | O_NONBLOCK);
  return Spawned{.process = std::move(process),
                 .link = std::move(link->ours),
                 .peer_end = std::move(link->theirs)};
}

ChildProcess::ChildProcess(std::function<void(Exit)> on_exit) : on_exit_(std::move(on_exit)) {}

base::Result<void> ChildProcess::make_output(net::EventLoop& loop) {
  auto output = ChildOutput::make(loop, STDOUT_FILENO);
  if (!output) return output.error();
  auto errors = ChildOutput::make(loop, STDERR_FILENO);
  if (!errors) return errors.error();
  output_ = std::move(output).value();
  errors_ = std::move(errors).value();
  return {};
}

ChildProcess::~ChildProcess() {
  if (reaped_ || pid_ < 0) return;
  // As long as the process has not been reaped, no other process can have its id.
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  Orphans::kill_orphans_of(pid_);
}

void ChildProcess::send_signal(int signal) {
  if (!reaped_) ::kill(pid_, signal);
}

void ChildProcess::reap() {
  siginfo_t ended{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      ended.si_pid != pid_) {
    return;
  }
  // The processes that it started without detaching are in its group. The group's id stays reserved
  // until the process is reaped.
  ::kill(-pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  reaped_ = true;
  Orphans::kill_orphans_of(pid_);
  if (output_) output_->finish();
  if (errors_) errors_->finish();
  inspector_.reset();
  Exit exit;
  if (WIFSIGNALED(status)) exit.signal = WTERMSIG(status);
  if (WIFEXITED(status)) exit.code = WEXITSTATUS(status);
  // Moved out first: the callback may destroy this object.
  const auto on_exit = std::move(on_exit_);
  const auto watch = std::move(ended_);
  if (on_exit) on_exit(exit);
}

}  // namespace millrace::workers
