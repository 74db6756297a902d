#include "base/host_resources.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::base {

namespace {

namespace fs = std::filesystem;

/// The mount point of a group hierarchy, and the group that is at its top.
struct Mount {
  fs::path point;
  std::string top;
};

/// A process's membership in a hierarchy.
struct Membership {
  /// "memory" or "cpu" of version 1; empty for version 2.
  std::string controller;
  /// Relative to the top of the hierarchy.
  std::string group;
};

bool lists(std::string_view names, std::string_view name) {
  while (!names.empty()) {
    const std::size_t comma = std::min(names.find(','), names.size());
    if (names.substr(0, comma) == name) return true;
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return false;
}

/// The kernel writes a space in a path as \040, and so on.
std::string unescaped(std::string_view text) {
  std::string path;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '\\' && i + 3 < text.size() &&
        std::from_chars(digits, digits + 3, code, 8).ptr == digits + 3) {
      path += static_cast<char>(code);
      i += 3;
    } else {
      path += text[i];
    }
  }
  return path;
}

/// Finds the mount of a hierarchy; the last one, which covers those before it. Empty `controller`:
/// version 2.
std::optional<Mount> find_mount(const fs::path& root, std::string_view controller) {
  std::ifstream mounts(root / "proc/self/mountinfo");
  std::optional<Mount> found;
  std::string line;
  while (std::getline(mounts, line)) {
    // "36 35 98:0 TOP POINT OPTIONS FIELDS… - TYPE SOURCE SUPER-OPTIONS"
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream before(line.substr(0, dash));
    std::istringstream after(line.substr(dash + 3));
    std::string ignored;
    std::string top;
    std::string point;
    std::string type;
    std::string options;
    before >> ignored >> ignored >> ignored >> top >> point;
    after >> type >> ignored >> options;
    const bool wanted =
        controller.empty() ? type == "cgroup2" : type == "cgroup" && lists(options, controller);
    if (wanted) found = Mount{.point = unescaped(point), .top = unescaped(top)};
  }
  return found;
}

std::vector<Membership> memberships(const fs::path& root) {
  std::ifstream groups(root / "proc/self/cgroup");
  std::vector<Membership> found;
  std::string line;
  while (std::getline(groups, line)) {
    // "4:memory,hugetlb:/GROUP"; version 2 is "0::/GROUP".
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string_view names = std::string_view(line).substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (names.empty()) found.push_back({.controller = {}, .group = group});
    for (const char* const controller : {"memory", "cpu"}) {
      if (lists(names, controller)) found.push_back({.controller = controller, .group = group});
    }
  }
  return found;
}

/// Returns the folders of a group and its ancestors, the top of the mount last.
std::vector<fs::path> folders_of(const fs::path& root, const Mount& mount,
                                 const std::string& group) {
  fs::path below = fs::path(group).relative_path();
  if (mount.top != "/") {
    // Inside a container its own group can be the top; groups not below it are unknown.
    below = fs::path(group).lexically_relative(mount.top);
    if (below.empty() || *below.begin() == ".." || below == ".") below.clear();
  }
  const fs::path top = root / mount.point.relative_path();
  std::vector<fs::path> folders;
  for (; !below.empty(); below = below.parent_path()) folders.push_back(top / below);
  folders.push_back(top);
  return folders;
}

/// Returns the numbers of a file's first line, up to the first word that is not a number ("max").
std::vector<std::int64_t> numbers_in(const fs::path& file) {
  std::ifstream stream(file);
  std::vector<std::int64_t> numbers;
  std::int64_t number = 0;
  while (numbers.size() < 2 && stream >> number) numbers.push_back(number);
  return numbers;
}

template <typename T>
void keep_least(std::optional<T>& least, T found) {
  if (!least || found < *least) least = found;
}

void keep_memory(GroupLimits& limits, const fs::path& file) {
  const auto numbers = numbers_in(file);
  if (numbers.empty() || numbers[0] <= 0) return;
  // Without a limit, version 1 reports the maximum of its page counter.
  if (numbers[0] >= std::int64_t{1} << 60U) return;
  keep_least(limits.memory, static_cast<std::uint64_t>(numbers[0]));
}

void keep_cpus(GroupLimits& limits, std::int64_t quota, std::int64_t period) {
  if (quota <= 0 || period <= 0) return;
  keep_least(limits.cpus, static_cast<double>(quota) / static_cast<double>(period));
}

void read_folder(GroupLimits& limits, const std::string& controller, const fs::path& folder) {
  if (controller.empty()) {
    keep_memory(limits, folder / "memory.max");
    // Beyond memory.high a process is throttled until it can no longer work.
    keep_memory(limits, folder / "memory.high");
    const auto quota = numbers_in(folder / "cpu.max");
    if (quota.size() == 2) keep_cpus(limits, quota[0], quota[1]);
  } else if (controller == "memory") {
    keep_memory(limits, folder / "memory.limit_in_bytes");
  } else {
    const auto quota = numbers_in(folder / "cpu.cfs_quota_us");
    const auto period = numbers_in(folder / "cpu.cfs_period_us");
    if (!quota.empty() && !period.empty()) keep_cpus(limits, quota[0], period[0]);
  }
}

/// Counts the CPUs of the affinity mask, which `taskset` and cpuset groups set.
std::size_t allowed_cpus() {
  // Machines may have more CPUs than the default set size.
  for (std::size_t most = CPU_SETSIZE; most <= std::size_t{1} << 16U; most *= 2) {
    cpu_set_t* const set = CPU_ALLOC(most);
    if (set == nullptr) break;
    const std::size_t size = CPU_ALLOC_SIZE(most);
    const int failed = ::sched_getaffinity(0, size, set);
    const int count = failed == 0 ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    if (count > 0) return static_cast<std::size_t>(count);
  }
  return static_cast<std::size_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
}

}  // namespace

GroupLimits group_limits(const fs::path& root) {
  GroupLimits limits;
  for (const Membership& membership : memberships(root)) {
    const auto mount = find_mount(root, membership.controller);
    if (!mount) continue;
    for (const fs::path& folder : folders_of(root, *mount, membership.group)) {
      read_folder(limits, membership.controller, folder);
    }
  }
  return limits;
}

std::uint64_t usable_memory() {
  const std::uint64_t machine = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                                static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return std::min(machine, group_limits().memory.value_or(machine));
}

std::size_t usable_cpus() {
  const std::size_t allowed = allowed_cpus();
  const auto quota = group_limits().cpus;
  if (!quota) return allowed;
  const auto whole = static_cast<std::size_t>(std::max(1.0, std::ceil(*quota)));
  return std::min(allowed, whole);
}

}  // namespace millrace::base
