#include "workers/sandbox.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "workers/landlock.hpp"
#include "workers/system_calls.hpp"

namespace millrace::workers {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

namespace {

/// What Node.js, name resolution, time zones and TLS read. What is not there is passed over.
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

constexpr int kFirstDescriptor = 16;

/// Variables every process needs, and those of the runtime.
constexpr std::array<std::string_view, 6> kNames = {"PATH",     "LANG", "TZ",
                                                    "NODE_ENV", "PORT", "NODE_EXTRA_CA_CERTS"};
constexpr std::array<std::string_view, 4> kPrefixes = {"LC_", "NEXT_", "MILLRACE_", "__NEXT_"};

/// What the project keeps from its own handlers: they have the variables, not the files.
bool is_secret(const std::string& name) { return name.starts_with(".env") || name == ".git"; }

/// Whether what is allowed at `real`, with all below it, would be the project as a whole or a secret.
bool opens_secrets(const fs::path& real, const fs::path& root) {
  const fs::path down = root.lexically_relative(real);
  if (!down.empty() && *down.begin() != "..") return true;
  return std::any_of(real.begin(), real.end(),
                     [](const fs::path& part) { return part == ".git"; }) ||
         real.filename().string().starts_with(".env");
}

/// What the kernel itself opens to start a program: the dynamic loader.
constexpr std::array kLoaders = {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"};

base::Result<fs::path> make_temporary_folder() {
  std::error_code failed;
  std::string name = (fs::temp_directory_path(failed) / "millrace-sandbox-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    return Error::from_errno("cannot make a temporary folder for a sandbox", errno);
  }
  return fs::path(name);
}

}  // namespace

base::Result<std::shared_ptr<const Sandbox>> Sandbox::make(const SandboxPlaces& places) {
  const int abi = landlock::abi();
  if (abi == 0) {
    return Error(
        ErrorCode::system,
        "millrace.toml: sandbox: expected a kernel with Landlock (Linux 5.13 or newer, with "
        "\"landlock\" in /sys/kernel/security/lsm), found none; leave sandbox out, or "
        "run Millrace on such a kernel");
  }
  auto temporary = make_temporary_folder();
  if (!temporary) return temporary.error();
  std::shared_ptr<Sandbox> sandbox(new Sandbox());
  sandbox->temporary_ = *temporary;
  sandbox->handled_ = landlock::handled_by(abi);
  sandbox->scoped_ = abi >= 6 ? landlock::kScopes : 0;
  for (const char* const path : kSystem) sandbox->allow_reading(path);
  // Resolution of a symbolic link ends elsewhere: its end must be allowed.
  std::error_code failed;
  sandbox->allow_reading(fs::canonical("/etc/resolv.conf", failed));
  sandbox->allow_reading(fs::canonical("/etc/localtime", failed));
  constexpr std::uint64_t kExecute = landlock::kRead | LANDLOCK_ACCESS_FS_EXECUTE;
  sandbox->allow(fs::canonical(places.node, failed), kExecute);
  for (const char* const loader : kLoaders) sandbox->allow(loader, kExecute);
  sandbox->allow_reading(fs::canonical(places.share, failed));
  sandbox->allow_project(places.root);
  sandbox->allow_writing(*temporary);
  sandbox->allow_writing("/dev/null");
  for (const fs::path& folder : places.data) {
    const fs::path real = fs::canonical(folder, failed);
    if (failed) {
      return Error(ErrorCode::not_found,
                   "millrace.toml: sandbox: data: expected a folder, found "
                   "nothing at " +
                       folder.string() + "; make it, or leave it out");
    }
    if (opens_secrets(real, fs::canonical(places.root, failed))) {
      return Error(
          ErrorCode::invalid,
          "millrace.toml: sandbox: data: expected a folder inside the project, found " +
              folder.string() +
              ", which holds the project and its secrets; name the folder that is written to");
    }
    sandbox->allow_writing(real);
  }
  return std::shared_ptr<const Sandbox>(std::move(sandbox));
}

Sandbox::~Sandbox() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

void Sandbox::allow(const fs::path& path, std::uint64_t access) {
  const base::UniqueFd opened(::open(path.c_str(), O_PATH | O_CLOEXEC));
  // Out of the way of those that a child is given: it is used after they have been put there.
  base::UniqueFd place(opened ? ::fcntl(opened.get(), F_DUPFD_CLOEXEC, kFirstDescriptor) : -1);
  struct stat found {};
  if (!place || ::fstat(place.get(), &found) != 0) return;
  if (!S_ISDIR(found.st_mode))
    access &= landlock::kReadFile | landlock::kWriteFile | LANDLOCK_ACCESS_FS_EXECUTE;
  rules_.push_back({.place = std::move(place), .access = access & handled_});
}

void Sandbox::allow_reading(const fs::path& path) { allow(path, landlock::kRead); }

void Sandbox::allow_writing(const fs::path& path) {
  allow(path, handled_ & ~std::uint64_t{LANDLOCK_ACCESS_FS_EXECUTE});
  writable_.push_back(path.string());
}

void Sandbox::allow_project(const fs::path& root) {
  // The kernel's rules only allow: what is to be left out must not be below what is allowed.
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(root, failed)) {
    if (is_secret(entry.path().filename().string())) continue;
    // What it links to, a shared folder of packages say, is meant to be there; not so a second name
    // of the project or of a secret.
    const fs::path real = fs::canonical(entry.path(), failed);
    if (failed || opens_secrets(real, fs::canonical(root, failed))) continue;
    allow_reading(real);
  }
}

bool Sandbox::enter() const {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  const landlock::RulesetAttributes attributes{
      .handled_access_fs = handled_, .handled_access_net = 0, .scoped = scoped_};
  // An older kernel knows less of it.
  const std::size_t size = scoped_ != 0 ? sizeof attributes : sizeof attributes.handled_access_fs;
  const int ruleset =
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, size, 0));
  if (ruleset < 0) return false;
  const auto add = [ruleset](int place, std::uint64_t access) {
    const landlock_path_beneath_attr beneath{.allowed_access = access, .parent_fd = place};
    return ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
  };
  bool ok = std::all_of(rules_.begin(), rules_.end(),
                        [&add](const Rule& rule) { return add(rule.place.get(), rule.access); });
  // Its own, which is another for each worker.
  const int self = ::open("/proc/self", O_PATH | O_CLOEXEC);
  ok = ok && self >= 0 && add(self, landlock::kRead & handled_);
  ok = ok && ::syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
  ::close(self);
  ::close(ruleset);
  return ok && deny_system_calls();
}

std::vector<std::string> Sandbox::node_flags() const {
  // Reading is the kernel's to judge: Node.js's own loader would stumble over its model's rules.
  std::vector<std::string> flags = {"--permission", "--allow-fs-read=*", "--allow-addons",
                                    "--allow-worker", "--disable-warning=SecurityWarning"};
  for (const std::string& path : writable_) {
    std::error_code failed;
    flags.push_back("--allow-fs-write=" + path + (fs::is_directory(path, failed) ? "/" : ""));
  }
  return flags;
}

std::vector<std::string> Sandbox::environment(const std::vector<std::string>& all,
                                              const std::vector<std::string>& names) const {
  std::vector<std::string> kept;
  for (const std::string& line : all) {
    const std::string_view name = std::string_view(line).substr(0, line.find('='));
    const auto begins = [name](std::string_view prefix) { return name.starts_with(prefix); };
    if (std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
        std::any_of(kPrefixes.begin(), kPrefixes.end(), begins) ||
        std::find(names.begin(), names.end(), name) != names.end()) {
      kept.push_back(line);
    }
  }
  kept.push_back("HOME=" + temporary_.string());
  kept.push_back("TMPDIR=" + temporary_.string());
  return kept;
}

}  // namespace millrace::workers
