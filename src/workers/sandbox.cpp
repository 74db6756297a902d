#include "workers/sandbox.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/unique_fd.hpp"
#include "workers/landlock.hpp"
#include "workers/readable_project.hpp"

namespace millrace::workers {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

namespace {

/// Files that Node.js, name resolution, time zones and TLS read. Missing ones are skipped.
constexpr std::array kSystem = {"/usr/lib",
                                "/lib",
                                "/lib64",
                                "/usr/lib64",
                                "/usr/local/lib",
                                "/etc/ld.so.cache",
                                "/etc/resolv.conf",
                                "/etc/hosts",
                                "/etc/host.conf",
                                "/etc/nsswitch.conf",
                                "/etc/gai.conf",
                                "/etc/services",
                                "/etc/protocols",
                                "/etc/localtime",
                                "/etc/ssl/certs",
                                "/etc/ssl/cert.pem",
                                "/etc/ssl/openssl.cnf",
                                "/usr/share/zoneinfo",
                                "/usr/share/ca-certificates",
                                "/usr/local/share/ca-certificates",
                                "/dev/urandom",
                                "/dev/random",
                                "/dev/zero",
                                "/proc/meminfo",
                                "/proc/cpuinfo",
                                "/proc/stat",
                                "/proc/loadavg",
                                "/proc/version",
                                "/proc/uptime",
                                "/proc/sys",
                                "/sys/fs/cgroup",
                                "/sys/devices/system/cpu"};

/// Variables that every process needs, and those of the runtime that are not secrets.
constexpr std::array<std::string_view, 11> kNames = {"PATH",
                                                     "LANG",
                                                     "TZ",
                                                     "NODE_ENV",
                                                     "PORT",
                                                     "NODE_EXTRA_CA_CERTS",
                                                     "NEXT_RUNTIME",
                                                     "NEXT_DEPLOYMENT_ID",
                                                     "NEXT_PHASE",
                                                     "NEXT_TELEMETRY_DISABLED",
                                                     "MILLRACE_DB_POOL_SIZE"};
constexpr std::array<std::string_view, 2> kPrefixes = {"LC_", "NEXT_PUBLIC_"};

/// Files that the kernel itself opens to start a program: the dynamic loader.
constexpr std::array kLoaders = {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"};

Error refuse(const std::string& expected, const std::string& found) {
  return {ErrorCode::system, "millrace.toml: sandbox: expected " + expected + ", found " + found +
                                 "; remove sandbox, or run Millrace on a system that supports it "
                                 "(docs/sandbox.md lists the requirements)"};
}

/// Leaves root the capability to open other users' files, which Landlock restricts, and drops all
/// others. Async-signal-safe.
bool drop_capabilities() {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): the type has no other name
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> capabilities{};
  if (::geteuid() == 0) {
    if (::syscall(SYS_capget, &header, capabilities.data()) != 0) return false;
    const std::uint32_t files = (1U << CAP_DAC_OVERRIDE) & capabilities[0].permitted;
    capabilities = {};
    capabilities[0] = {.effective = files, .permitted = files, .inheritable = 0};
  }
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return ::syscall(SYS_capset, &header, capabilities.data()) == 0;
}

bool opens(const char* path, int flags) {
  const int file = ::open(path, flags | O_CLOEXEC);
  if (file >= 0) ::close(file);
  return file >= 0;
}

bool loads_code_from(const char* path) {
  const int file = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  // If the test cannot be run, the worse result is assumed.
  if (file < 0 || ::ftruncate(file, 1) != 0) return true;
  void* const mapped = ::mmap(nullptr, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
  ::close(file);
  ::unlink(path);
  return mapped != MAP_FAILED;
}

/// Uses clone instead of fork(), whose handlers might wait for locks that another thread of the
/// server holds.
bool makes_processes() {
  const long made = ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (made == 0) ::_exit(0);
  return made > 0;
}

bool makes_path_sockets() {
  const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made >= 0) ::close(made);
  return made >= 0;
}

}  // namespace

Sandbox::Sandbox(SystemCalls calls, int landlock)
    : handled_(landlock::handled_by(landlock)),
      scoped_(landlock >= 6 ? landlock::kScopes : 0),
      calls_(std::move(calls)) {}

base::Result<std::shared_ptr<const Sandbox>> Sandbox::make(const SandboxPlaces& places) {
  const int abi = landlock::abi();
  if (abi == 0) {
    return refuse(
        "a kernel with Landlock (Linux 5.13 or newer, with \"landlock\" in "
        "/sys/kernel/security/lsm)",
        "none");
  }
  auto calls = SystemCalls::make();
  if (!calls) return calls.error();
  std::error_code failed;
  auto temporary = TemporaryFolder::make(fs::temp_directory_path(failed));
  if (!temporary) return temporary.error();
  std::shared_ptr<Sandbox> sandbox(new Sandbox(std::move(calls).value(), abi));
  sandbox->temporary_ = std::move(temporary).value();
  sandbox->allow_system();
  constexpr std::uint64_t kExecute = landlock::kRead | LANDLOCK_ACCESS_FS_EXECUTE;
  sandbox->allow(fs::canonical(places.node, failed), kExecute);
  for (const char* const loader : kLoaders) sandbox->allow(loader, kExecute);
  sandbox->allow_reading(fs::canonical(places.share, failed));
  if (auto allowed = sandbox->allow_data(places); !allowed) return allowed.error();
  auto readable = readable_places(places.root, sandbox->writable_);
  if (!readable) return readable.error();
  for (const fs::path& path : *readable) sandbox->allow_reading(path);
  sandbox->allow("/dev/null", landlock::kWriteFile);
  auto view = MountView::make(sandbox->writable_);
  if (!view) return view.error();
  sandbox->view_ = std::make_unique<MountView>(std::move(view).value());
  if (auto tried = sandbox->try_out(); !tried) return tried.error();
  return std::shared_ptr<const Sandbox>(std::move(sandbox));
}

void Sandbox::allow_system() {
  for (const char* const path : kSystem) allow_reading(path);
  // A symbolic link's target must be allowed, because the rules apply to the resolved file.
  std::error_code failed;
  allow_reading(fs::canonical("/etc/resolv.conf", failed));
  allow_reading(fs::canonical("/etc/localtime", failed));
}

base::Result<void> Sandbox::allow_data(const SandboxPlaces& places) {
  std::error_code failed;
  writable_ = {temporary_.path()};
  for (const fs::path& folder : places.data) {
    const fs::path real = fs::canonical(folder, failed);
    if (failed || !fs::is_directory(real, failed)) {
      return Error(ErrorCode::not_found,
                   "millrace.toml: sandbox: data: expected a folder, found "
                   "nothing at " +
                       folder.string() + "; create it, or remove it from the list");
    }
    if (opens_secrets(real, fs::canonical(places.root, failed))) {
      return Error(ErrorCode::invalid,
                   "millrace.toml: sandbox: data: expected a folder inside the project, found " +
                       folder.string() +
                       ", which contains the project and its secrets; name the folder to write to");
    }
    writable_.push_back(real);
  }
  // No links, which the server would follow when it serves files; no devices, pipes or sockets.
  constexpr std::uint64_t kWrite = landlock::kRead | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                   LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                   LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                   landlock::kRefer | landlock::kTruncate;
  for (const fs::path& folder : writable_) allow(folder, kWrite);
  return {};
}

void Sandbox::allow(const fs::path& path, std::uint64_t access) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return;
  if (!S_ISDIR(found.st_mode))
    access &= landlock::kReadFile | landlock::kWriteFile | LANDLOCK_ACCESS_FS_EXECUTE;
  rules_.push_back({.path = path.string(),
                    .access = access & handled_,
                    .device = found.st_dev,
                    .inode = found.st_ino});
}

void Sandbox::allow_reading(const fs::path& path) { allow(path, landlock::kRead); }

bool Sandbox::restrict_files() const {
  const landlock::RulesetAttributes attributes{
      .handled_access_fs = handled_, .handled_access_net = 0, .scoped = scoped_};
  // An older kernel has a smaller structure.
  const std::size_t size = scoped_ != 0 ? sizeof attributes : sizeof attributes.handled_access_fs;
  const int ruleset =
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, size, 0));
  if (ruleset < 0) return false;
  const auto add = [ruleset](int place, std::uint64_t access) {
    const landlock_path_beneath_attr beneath{.allowed_access = access, .parent_fd = place};
    return ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
  };
  bool ok = std::all_of(rules_.begin(), rules_.end(), [&add](const Rule& rule) {
    const int place = ::open(rule.path.c_str(), O_PATH | O_CLOEXEC);
    struct stat found {};
    const bool same = place >= 0 && ::fstat(place, &found) == 0 && found.st_dev == rule.device &&
                      found.st_ino == rule.inode;
    // A place that is missing, or has been replaced by another file, is not allowed.
    const bool added = !same || add(place, rule.access);
    if (place >= 0) ::close(place);
    return added;
  });
  // The process's own folder in /proc, which differs for each worker.
  const int self = ::open("/proc/self", O_PATH | O_CLOEXEC);
  ok = ok && self >= 0 && add(self, landlock::kRead & handled_);
  ok = ok && ::syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
  ::close(self);
  ::close(ruleset);
  return ok;
}

int Sandbox::enter() const {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !view_->enter() || !drop_capabilities() ||
      !restrict_files()) {
    return -1;
  }
  return calls_.install();
}

const char* Sandbox::find_missing_guarantee() const {
  // Tested in addition to the rules: they allow executing the file behind /proc/self/exe.
  if (!view_->holds()) return "a file system that is read-only outside the writable folders";
  if (opens("/", O_RDONLY | O_DIRECTORY)) return "no access to other files than the allowed ones";
  if (loads_code_from((temporary_.path() / "trial").c_str()))
    return "no code from writable folders";
  if (makes_processes()) return "no child processes";
  if (makes_path_sockets()) return "no sockets with paths";
  if (::kill(::getppid(), 0) == 0) return "no signals to other processes";
  const std::array<char*, 1> none{};
  ::execve("/proc/self/exe", none.data(), none.data());
  return errno == ENOSYS ? nullptr : "no programs";
}

base::Result<void> Sandbox::try_out() const {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return Error::from_errno("cannot test a sandbox", errno);
  }
  const base::UniqueFd reading(ends[0]);
  base::UniqueFd writing(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return Error::from_errno("cannot test a sandbox", errno);
  if (child == 0) {
    const int listener = enter();
    const int error = errno;
    // Closing the listener denies every exec call.
    if (listener >= 0) ::close(listener);
    const char* const open = listener < 0 ? ::strerrordesc_np(error) : find_missing_guarantee();
    if (open != nullptr) {
      [[maybe_unused]] const ssize_t written = ::write(writing.get(), open, std::strlen(open));
    }
    ::_exit(listener < 0 ? 2 : open == nullptr ? 0 : 1);
  }
  writing.reset();
  std::array<char, 256> output{};
  ssize_t got = 0;
  do {
    got = ::read(reading.get(), output.data(), output.size());
  } while (got < 0 && errno == EINTR);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  const std::string text(output.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 1) {
    return refuse("a kernel that guarantees for a worker: " + text, "one that does not");
  }
  return refuse(
      "permission to create a mount namespace (CAP_SYS_ADMIN, or unprivileged user namespaces) and "
      "a kernel with Landlock and seccomp",
      text.empty() ? "none" : "\"" + text + "\"");
}

std::vector<std::string> Sandbox::node_flags() const {
  // Reading is restricted by the kernel only: the permission model's rules would break Node.js's
  // own loader.
  std::vector<std::string> flags = {"--permission", "--allow-fs-read=*", "--allow-addons",
                                    "--allow-worker", "--disable-warning=SecurityWarning"};
  flags.emplace_back("--allow-fs-write=/dev/null");
  for (const fs::path& folder : writable_) {
    flags.push_back("--allow-fs-write=" + folder.string() + "/");
  }
  return flags;
}

std::vector<std::string> Sandbox::environment(const std::vector<std::string>& all,
                                              const std::vector<std::string>& names) const {
  std::vector<std::string> variables;
  for (const std::string& line : all) {
    const std::string_view name = std::string_view(line).substr(0, line.find('='));
    const auto begins = [name](std::string_view prefix) { return name.starts_with(prefix); };
    if (std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
        std::any_of(kPrefixes.begin(), kPrefixes.end(), begins) ||
        std::find(names.begin(), names.end(), name) != names.end()) {
      variables.push_back(line);
    }
  }
  variables.push_back("HOME=" + temporary_.path().string());
  variables.push_back("TMPDIR=" + temporary_.path().string());
  return variables;
}

}  // namespace millrace::workers
