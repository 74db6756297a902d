#include "workers/cgroups.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

namespace millrace::workers {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

namespace {

constexpr const char* kServer = "millrace-server-";

bool write_to(const fs::path& file, std::string_view text) {
  const base::UniqueFd opened(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  return opened &&
         ::write(opened.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

/// Returns where cgroup v2 is mounted; empty if it is not.
fs::path mount_point() {
  std::ifstream mounts("/proc/self/mounts");
  std::string line;
  while (std::getline(mounts, line)) {
    std::istringstream fields(line);
    std::string device;
    std::string place;
    std::string type;
    fields >> device >> place >> type;
    if (type == "cgroup2") return place;
  }
  return {};
}

/// Returns this process's group, relative to the mount point; none if it has no cgroup v2 group.
std::string own_group() {
  std::ifstream groups("/proc/self/cgroup");
  std::string line;
  while (std::getline(groups, line)) {
    if (line.starts_with("0::")) return line.substr(3);
  }
  return {};
}

/// Removes the groups of dead servers, which cannot remove their own group. A group that still has
/// processes stays.
void remove_those_of_dead_servers(const fs::path& folder) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().filename().string().starts_with(kServer)) ::rmdir(entry.path().c_str());
  }
}

Error refuse(const std::string& found) {
  return {
      ErrorCode::system,
      "millrace.toml: [server] cgroup: expected a control group (cgroup v2) that the server can "
      "write to, found " +
          found + "; run it as a service with Delegate=yes, or remove cgroup"};
}

}  // namespace

base::Result<std::shared_ptr<Cgroups>> Cgroups::open() {
  // Kept, because this process's own group is another one after the first call.
  static std::shared_ptr<Cgroups> opened;
  if (opened) return opened;
  const fs::path mounted = mount_point();
  const std::string own = own_group();
  if (mounted.empty() || own.empty()) return refuse("none");
  const fs::path folder = mounted / own.substr(1);
  // A group that contains processes cannot delegate its controllers.
  const fs::path server = folder / (std::string(kServer) + std::to_string(::getpid()));
  std::error_code failed;
  remove_those_of_dead_servers(folder);
  fs::create_directory(server, failed);
  if (failed || !write_to(server / "cgroup.procs", "0")) {
    fs::remove(server, failed);
    return refuse(folder.string() + ", which it cannot write to");
  }
  for (const char* const controller : {"+memory", "+pids"}) {
    static_cast<void>(write_to(folder / "cgroup.subtree_control", controller));
  }
  opened = std::make_shared<Cgroups>(folder);
  return opened;
}

base::Result<std::unique_ptr<Cgroup>> Cgroups::make(const CgroupLimits& limits) {
  const fs::path folder =
      folder_ / ("millrace-worker-" + std::to_string(::getpid()) + "-" + std::to_string(++made_));
  std::error_code failed;
  fs::create_directory(folder, failed);
  if (failed) {
    return Error(ErrorCode::system,
                 "cannot create the control group " + folder.string() + ": " + failed.message());
  }
  if (limits.memory > 0) {
    static_cast<void>(write_to(folder / "memory.max", std::to_string(limits.memory)));
  }
  if (limits.processes > 0) {
    static_cast<void>(write_to(folder / "pids.max", std::to_string(limits.processes)));
  }
  return std::make_unique<Cgroup>(folder);
}

Cgroup::Cgroup(fs::path folder)
    : folder_(std::move(folder)),
      processes_(::open((folder_ / "cgroup.procs").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) {
}

Cgroup::~Cgroup() {
  static_cast<void>(write_to(folder_ / "cgroup.kill", "1"));
  processes_.reset();
  // Killed processes may still be ending; an empty group that remains costs almost nothing.
  for (int tries = 0; tries < 100 && ::rmdir(folder_.c_str()) != 0 && errno == EBUSY; ++tries) {
    ::usleep(100);
  }
}

bool Cgroup::enter() const { return processes_ && ::write(processes_.get(), "0", 1) == 1; }

}  // namespace millrace::workers
