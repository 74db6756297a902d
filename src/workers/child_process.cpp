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
#include <cerrno>
#include <cstring>

// This header of glibc 2.36 forgets to say so itself.
extern "C" {
#include <sys/pidfd.h>
}

namespace millrace::workers {

namespace {

/// The descriptor at which a worker finds the link (protocol/link.md).
constexpr int kLinkDescriptor = 3;

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// A program may make its output non-blocking, as Node.js does with pipes: not the server's with it,
/// which it shares unless it is opened anew. Async-signal-safe.
void separate_output(int descriptor, const char* path) {
  struct stat found {};
  if (::fstat(descriptor, &found) != 0 || !(S_ISFIFO(found.st_mode) || S_ISCHR(found.st_mode)))
    return;
  const int own = ::open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
  if (own < 0) return;
  ::dup2(own, descriptor);
  ::close(own);
}

/// Nothing of the server's but the link and the output goes into the program: not its clients'
/// connections, which code in a worker could then answer. Async-signal-safe.
void keep_descriptors_from_exec() {
  constexpr unsigned kFirst = kLinkDescriptor + 1;
  if (::close_range(kFirst, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  // A kernel before 5.11.
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
  for (int one = kFirst; one < end; ++one) ::fcntl(one, F_SETFD, FD_CLOEXEC);
}

/// Runs in the child between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(const char* program, char* const* arguments, char* const* environment,
                         const Launch& launch, const Cgroup* cgroup, int link, int report,
                         pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_DFL);
  separate_output(STDOUT_FILENO, "/proc/self/fd/1");
  separate_output(STDERR_FILENO, "/proc/self/fd/2");
  const int null = ::open("/dev/null", O_RDONLY);
  bool ok = null >= 0 && ::dup2(null, STDIN_FILENO) >= 0;
  // The report goes out of the way first: it may hold descriptor 3 itself.
  const int moved_report = ::fcntl(report, F_DUPFD_CLOEXEC, kLinkDescriptor + 1);
  if (link == kLinkDescriptor) {
    ok = ok && ::fcntl(link, F_SETFD, 0) == 0;
  } else {
    ok = ok && ::dup2(link, kLinkDescriptor) >= 0;
  }
  ok = ok && ::chdir(launch.working_directory.c_str()) == 0;
  // Before the limits, which may say less than what is open.
  keep_descriptors_from_exec();
  apply(launch.limits);
  if (ok && cgroup != nullptr) ok = cgroup->enter();
  // Last: what comes before may need what it denies.
  if (ok && launch.sandbox) ok = launch.sandbox->enter();
  if (ok) ::execve(program, arguments, environment);
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(moved_report, &error, sizeof error);
  ::_exit(127);
}

/// The errno with which the child failed before exec; 0 once exec has closed the pipe.
int read_report(int report) {
  int error = 0;
  ssize_t got = 0;
  do {
    got = ::read(report, &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  return got == sizeof error ? error : 0;
}

}  // namespace

std::string Exit::to_string() const {
  if (signal == 0) return "exit code " + std::to_string(code);
  return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

base::Result<ChildProcess::Spawned> ChildProcess::spawn(net::EventLoop& loop, const Launch& launch,
                                                        std::function<void(Exit)> on_exit) {
  int link[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link) != 0) {
    return base::Error::from_errno("cannot make a socketpair for a worker", errno);
  }
  base::UniqueFd ours(link[0]);
  base::UniqueFd theirs(link[1]);
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) {
    return base::Error::from_errno("cannot make a pipe for a worker", errno);
  }
  base::UniqueFd report_read(report[0]);
  base::UniqueFd report_write(report[1]);

  std::unique_ptr<Cgroup> cgroup;
  if (launch.cgroups) {
    auto made = launch.cgroups->make(launch.cgroup_limits);
    if (!made) return made.error();
    cgroup = std::move(made).value();
  }
  std::vector<std::string> arguments = launch.arguments;
  arguments.insert(arguments.begin(), launch.program);
  std::vector<std::string> environment = launch.environment;
  const std::vector<char*> argument_pointers = pointers_to(arguments);
  const std::vector<char*> environment_pointers = pointers_to(environment);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return base::Error::from_errno("cannot fork a worker", errno);
  if (pid == 0) {
    become(launch.program.c_str(), argument_pointers.data(), environment_pointers.data(), launch,
           cgroup.get(), theirs.get(), report_write.get(), parent);
  }
  std::unique_ptr<ChildProcess> process(new ChildProcess(pid, std::move(on_exit)));
  process->cgroup_ = std::move(cgroup);
  theirs.reset();
  report_write.reset();
  const int error = read_report(report_read.get());
  if (error != 0) return base::Error::from_errno("cannot run " + launch.program, error);
  base::UniqueFd pidfd(::pidfd_open(pid, 0));
  if (!pidfd) return base::Error::from_errno("cannot watch process " + std::to_string(pid), errno);
  process->ended_ = std::make_unique<net::ReadableWatch>(loop, std::move(pidfd),
                                                         [raw = process.get()] { raw->reap(); });
  // Only our end is made non-blocking: the flag belongs to each end by itself.
  ::fcntl(ours.get(), F_SETFL, ::fcntl(ours.get(), F_GETFL) | O_NONBLOCK);
  return Spawned{.process = std::move(process), .link = std::move(ours)};
}

ChildProcess::ChildProcess(pid_t pid, std::function<void(Exit)> on_exit)
    : pid_(pid), on_exit_(std::move(on_exit)) {}

ChildProcess::~ChildProcess() {
  if (reaped_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void ChildProcess::send_signal(int signal) {
  if (!reaped_) ::kill(pid_, signal);
}

void ChildProcess::reap() {
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return;
  reaped_ = true;
  Exit exit;
  if (WIFSIGNALED(status)) exit.signal = WTERMSIG(status);
  if (WIFEXITED(status)) exit.code = WEXITSTATUS(status);
  // The callback may destroy this object, and with it what it was stored in.
  const auto on_exit = std::move(on_exit_);
  const auto watch = std::move(ended_);
  if (on_exit) on_exit(exit);
}

}  // namespace millrace::workers
