#include "workers/system_calls.hpp"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>

#include "base/unique_fd.hpp"

namespace millrace::workers {

namespace {

/// Allowed with any arguments. Calls that an architecture does not have are skipped.
constexpr auto kAllowed = std::to_array<const char*>(
    {// Files. Landlock and the mounts restrict which may be opened and changed.
     "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2",
     "pwritev2", "close", "close_range", "lseek", "_llseek", "stat", "fstat", "lstat", "newfstatat",
     "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents",
     "getdents64", "getcwd", "chdir", "fchdir", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat",
     "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "truncate",
     "ftruncate", "fallocate", "fsync", "fdatasync", "sync_file_range", "flock", "dup", "dup2",
     "dup3", "fadvise64", "copy_file_range", "sendfile", "splice", "tee", "readahead", "statfs",
     "fstatfs", "umask", "utimensat", "utimes", "utime", "futimesat", "getxattr", "lgetxattr",
     "fgetxattr", "listxattr", "llistxattr", "flistxattr",
     // Memory.
     "brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "msync", "mincore", "mlock",
     "mlock2", "munlock", "mlockall", "munlockall", "membarrier", "pkey_alloc", "pkey_free",
     "pkey_mprotect", "get_mempolicy", "set_mempolicy", "mbind",
     // Waiting.
     "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl",
     "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2", "signalfd", "signalfd4",
     "timerfd_create", "timerfd_settime", "timerfd_gettime", "pipe", "pipe2", "futex",
     "futex_waitv", "nanosleep", "clock_nanosleep", "pause", "restart_syscall",
     // The network. allow_sockets() restricts the kinds of socket.
     "connect", "accept", "accept4", "bind", "listen", "getsockname", "getpeername", "getsockopt",
     "setsockopt", "shutdown", "sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg",
     // This process.
     "exit", "exit_group", "wait4", "waitid", "set_robust_list", "get_robust_list", "rseq",
     "set_tid_address", "arch_prctl", "sched_yield", "sched_getaffinity", "sched_getparam",
     "sched_getscheduler", "sched_get_priority_max", "sched_get_priority_min", "getpriority",
     "ioprio_get", "getrlimit", "setrlimit", "getrusage", "times", "rt_sigaction", "rt_sigprocmask",
     "rt_sigreturn", "rt_sigpending", "rt_sigsuspend", "rt_sigtimedwait", "sigaltstack", "alarm",
     "setitimer", "getitimer", "timer_create", "timer_settime", "timer_gettime", "timer_getoverrun",
     "timer_delete", "getpid", "getppid", "gettid", "getpgrp", "getpgid", "getsid", "getuid",
     "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups", "capget",
     // The machine.
     "gettimeofday", "time", "clock_gettime", "clock_getres", "uname", "sysinfo", "getcpu",
     "getrandom"});

/// Reported as missing: their arguments are in memory, which a filter cannot read. Libraries then
/// use the older call.
constexpr auto kMissing = std::to_array<const char*>({"clone3", "openat2", "fchmodat2"});

/// A placeholder in the filter for the id of the process that installs it; no process has this id.
constexpr std::uint32_t kOwnProcess = 0x5afe0001;

constexpr std::uint64_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                      CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
/// A process that runs such a file gets the rights of its owner or group.
constexpr std::uint64_t kSetId = S_ISUID | S_ISGID;
constexpr std::uint64_t kSocketKind = 0xf;
/// PR_SET_VMA, with which V8 names its memory.
constexpr std::uint64_t kNameMemory = 0x53564d41;
/// FICLONE.
constexpr std::uint64_t kCloneFile = 0x40049409;

/// The rules of a filter under construction; the first failure is recorded.
class Rules {
 public:
  explicit Rules(scmp_filter_ctx context) : context_(context) {}

  void add(std::uint32_t action, const char* name,
           std::initializer_list<scmp_arg_cmp> arguments = {}) {
    const int number = ::seccomp_syscall_resolve_name(name);
    // The call does not exist on this architecture, or is newer than the library.
    if (number < 0) return;
    const int failed = ::seccomp_rule_add_array(
        context_, action, number, static_cast<unsigned>(arguments.size()), arguments.begin());
    if (failed != 0 && failed_ == 0) failed_ = -failed;
  }

  void allow(const char* name, std::initializer_list<scmp_arg_cmp> arguments = {}) {
    add(SCMP_ACT_ALLOW, name, arguments);
  }

  /// Allows the call if argument number `argument` is one of `values`.
  void allow_with(const char* name, unsigned argument,
                  std::initializer_list<std::uint64_t> values) {
    for (const std::uint64_t value : values) allow(name, {equal(argument, value)});
  }

  static scmp_arg_cmp equal(unsigned argument, std::uint64_t value) {
    return {.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
  }

  /// Matches if the bits in `mask` equal `value`.
  static scmp_arg_cmp bits(unsigned argument, std::uint64_t mask, std::uint64_t value) {
    return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
  }

  [[nodiscard]] int failed() const { return failed_; }

 private:
  scmp_filter_ctx context_;
  int failed_ = 0;
};

/// Allows network sockets only: no sockets with a path or a name on this machine, and no raw
/// sockets.
void allow_sockets(Rules& rules) {
  for (const std::uint64_t family : {AF_INET, AF_INET6}) {
    for (const std::uint64_t kind : {SOCK_STREAM, SOCK_DGRAM}) {
      rules.allow("socket", {Rules::equal(0, family), Rules::bits(1, kSocketKind, kind)});
    }
  }
  // Needed for name resolution, which asks for this machine's addresses.
  rules.allow("socket", {Rules::equal(0, AF_NETLINK), Rules::equal(2, NETLINK_ROUTE)});
  // No datagram pairs: one could be connected to any path.
  rules.allow("socketpair", {Rules::equal(0, AF_UNIX), Rules::bits(1, kSocketKind, SOCK_STREAM)});
}

void allow_opening(Rules& rules, const char* name, unsigned flags) {
  const scmp_arg_cmp plain = Rules::bits(flags + 1, kSetId, 0);
  // Truncation is allowed only together with write access, because Landlock checks it only since
  // Linux 6.2.
  rules.allow(name, {Rules::bits(flags, O_TRUNC, 0), plain});
  rules.allow(name, {Rules::bits(flags, O_ACCMODE, O_WRONLY), plain});
  rules.allow(name, {Rules::bits(flags, O_ACCMODE, O_RDWR), plain});
}

/// Allows threads but no processes; signals and limits of this process, but not of the server's
/// other processes.
void allow_own_process(Rules& rules) {
  rules.allow("clone", {Rules::bits(0, kNamespaces | CLONE_THREAD, CLONE_THREAD)});
  rules.allow_with("kill", 0, {kOwnProcess});
  rules.allow_with("tgkill", 0, {kOwnProcess});
  rules.allow_with("prlimit64", 0, {0, kOwnProcess});
  rules.allow_with("sched_setaffinity", 0, {0});
  rules.allow_with("sched_setscheduler", 0, {0});
  // For one process only: for a user it would affect the server too.
  rules.allow("setpriority", {Rules::equal(0, PRIO_PROCESS), Rules::equal(1, 0)});
  rules.allow_with("prctl", 0,
                   {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_GET_PDEATHSIG, PR_CAPBSET_READ,
                    PR_GET_NO_NEW_PRIVS, PR_GET_SECCOMP, PR_SET_TIMERSLACK, PR_GET_TIMERSLACK,
                    PR_SET_THP_DISABLE, PR_GET_THP_DISABLE, PR_GET_TAGGED_ADDR_CTRL, kNameMemory});
}

/// Forbids signals to others through a descriptor's owner, and leases, which delay processes that
/// open the file.
void allow_controls(Rules& rules) {
  rules.allow_with("fcntl", 1,
                   {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK,
                    F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_GETPIPE_SZ, F_SETPIPE_SZ});
  rules.allow_with("ioctl", 1,
                   {FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, TCGETS, TIOCGWINSZ, SIOCGIFNAME,
                    SIOCGIFINDEX, SIOCGIFFLAGS, SIOCGIFADDR, kCloneFile});
  rules.allow("fchmod", {Rules::bits(1, kSetId, 0)});
}

base::Error no_filter(int error) {
  return base::Error::from_errno("millrace.toml: sandbox: cannot create a filter of system calls",
                                 error);
}

std::vector<sock_filter> read_program(int file) {
  const off_t size = ::lseek(file, 0, SEEK_END);
  std::vector<sock_filter> program(static_cast<std::size_t>(std::max<off_t>(size, 0)) /
                                   sizeof(sock_filter));
  const auto bytes = static_cast<ssize_t>(program.size() * sizeof(sock_filter));
  if (::pread(file, program.data(), static_cast<std::size_t>(bytes), 0) != bytes) return {};
  return program;
}

bool is_own_process(const sock_filter& one) {
  return BPF_CLASS(one.code) == BPF_JMP && one.k == kOwnProcess;
}

}  // namespace

base::Result<SystemCalls> SystemCalls::make() {
  const std::unique_ptr<void, void (*)(scmp_filter_ctx)> context(
      ::seccomp_init(SCMP_ACT_ERRNO(EPERM)), ::seccomp_release);
  if (!context) return no_filter(ENOMEM);
  // Calls of other architectures have other numbers, and none of them is needed.
  ::seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  ::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  Rules rules(context.get());
  for (const char* const name : kAllowed) rules.allow(name);
  for (const char* const name : kMissing) rules.add(SCMP_ACT_ERRNO(ENOSYS), name);
  allow_sockets(rules);
  allow_opening(rules, "open", 1);
  allow_opening(rules, "openat", 2);
  allow_own_process(rules);
  allow_controls(rules);
  rules.add(SCMP_ACT_NOTIFY, "execve");
  if (rules.failed() != 0) return no_filter(rules.failed());
  // The library can only write to files.
  const base::UniqueFd file(::memfd_create("millrace-filter", MFD_CLOEXEC));
  if (!file) return no_filter(errno);
  if (const int failed = ::seccomp_export_bpf(context.get(), file.get()); failed != 0) {
    return no_filter(-failed);
  }
  std::vector<sock_filter> program = read_program(file.get());
  if (program.empty() || program.size() > BPF_MAXINSNS ||
      std::none_of(program.begin(), program.end(), is_own_process)) {
    return no_filter(EINVAL);
  }
  return SystemCalls(std::move(program));
}

int SystemCalls::install() const {
  std::array<sock_filter, BPF_MAXINSNS> own;
  std::copy(program_.begin(), program_.end(), own.begin());
  const auto self = static_cast<std::uint32_t>(::getpid());
  for (std::size_t i = 0; i < program_.size(); ++i) {
    if (is_own_process(own[i])) own[i].k = self;
  }
  const sock_fprog installed{.len = static_cast<unsigned short>(program_.size()),
                             .filter = own.data()};
  return static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                    SECCOMP_FILTER_FLAG_NEW_LISTENER, &installed));
}

}  // namespace millrace::workers
