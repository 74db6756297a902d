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

/// Where version 2 is mounted; empty where it is not.
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

/// This process's group, from the mount point; none where it has none of version 2.
std::string own_group() {
  std::ifstream groups("/proc/self/cgroup");
  std::string line;
  while (std::getline(groups, line)) {
    if (line.starts_with("0::")) return line.substr(3);
  }
  return {};
}

/// A server cannot remove the group that it is in; where somebody is in it, it stays.
void remove_those_of_dead_servers(const fs::path& folder) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().filename().string().starts_with(kServer)) ::rmdir(entry.path().c_str());
  }
}

Error refuse(const std::string& found) {
  return {
      ErrorCode::system,
      "millrace.toml: [server] cgroup: expected a control group (cgroup v2) that the server may "
      "write, found " +
          found + "; run it as a service with Delegate=yes, or leave cgroup out"};
}

}  // namespace

base::Result<std::shared_ptr<Cgroups>> Cgroups::open() {
  // Moved once, this process's own group is another.
  static std::shared_ptr<Cgroups> opened;
  if (opened) return opened;
  const fs::path mounted = mount_point();
  const std::string own = own_group();
  if (mounted.empty() || own.empty()) return refuse("none");
  const fs::path folder = mounted / own.substr(1);
  // A group with processes of its own cannot give its controllers on.
  const fs::path server = folder / (std::string(kServer) + std::to_string(::getpid()));
  std::error_code failed;
  remove_those_of_dead_servers(folder);
  fs::create_directory(server, failed);
  if (failed || !write_to(server / "cgroup.procs", "0")) {
    fs::remove(server, failed);
    return refuse(folder.string() + ", which it may not");
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
                 "cannot make the control group " + folder.string() + ": " + failed.message());
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
  // Those killed may still be on their way out; an empty group costs next to nothing.
  for (int tries = 0; tries < 100 && ::rmdir(folder_.c_str()) != 0 && errno == EBUSY; ++tries) {
    ::usleep(100);
  }
}

bool Cgroup::enter() const { return processes_ && ::write(processes_.get(), "0", 1) == 1; }

}  // namespace millrace::workers
