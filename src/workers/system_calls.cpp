#include "workers/system_calls.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace millrace::workers {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "name this architecture's AUDIT_ARCH_ constant"
#endif

constexpr std::array kDenied = {
    // Other processes.
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_pidfd_getfd, SYS_kcmp,
    // The machine.
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_swapon, SYS_swapoff, SYS_reboot,
    SYS_acct, SYS_quotactl, SYS_settimeofday, SYS_clock_settime, SYS_sethostname, SYS_setdomainname,
    SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load,
    // Doors of the kernel's that were open too often.
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_keyctl, SYS_add_key,
    SYS_request_key, SYS_unshare, SYS_setns, SYS_open_by_handle_at, SYS_fanotify_init};

constexpr sock_filter statement(std::uint16_t code, std::uint32_t value) {
  return {.code = code, .jt = 0, .jf = 0, .k = value};
}

constexpr sock_filter jump(std::uint16_t code, std::uint32_t value, std::uint8_t yes,
                           std::uint8_t no) {
  return {.code = code, .jt = yes, .jf = no, .k = value};
}

constexpr std::uint32_t kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint32_t kEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr std::uint32_t kGreaterOrEqual = BPF_JMP | BPF_JGE | BPF_K;
constexpr std::uint32_t kReturn = BPF_RET | BPF_K;
/// Numbers of the x32 interface begin here; nobody uses it.
constexpr std::uint32_t kX32 = 0x40000000;

constexpr std::size_t kHead = 5;

constexpr auto program() {
  std::array<sock_filter, kHead + kDenied.size() + 2> filter{};
  filter[0] = statement(kLoad, offsetof(seccomp_data, arch));
  filter[1] = jump(kEqual, kArchitecture, 1, 0);
  filter[2] = statement(kReturn, SECCOMP_RET_KILL_PROCESS);
  filter[3] = statement(kLoad, offsetof(seccomp_data, nr));
  // To the last statement, which denies.
  filter[4] = jump(kGreaterOrEqual, kX32, kDenied.size() + 1, 0);
  for (std::size_t i = 0; i < kDenied.size(); ++i) {
    const auto rest = static_cast<std::uint8_t>(kDenied.size() - i);
    filter[kHead + i] = jump(kEqual, static_cast<std::uint32_t>(kDenied[i]), rest, 0);
  }
  filter[kHead + kDenied.size()] = statement(kReturn, SECCOMP_RET_ALLOW);
  filter[kHead + kDenied.size() + 1] = statement(kReturn, SECCOMP_RET_ERRNO | EPERM);
  return filter;
}

constexpr auto kProgram = program();

}  // namespace

bool deny_system_calls() {
  std::array<sock_filter, kProgram.size()> filter = kProgram;
  const sock_fprog installed{.len = static_cast<unsigned short>(filter.size()),
                             .filter = filter.data()};
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &installed) == 0;
}

}  // namespace millrace::workers
