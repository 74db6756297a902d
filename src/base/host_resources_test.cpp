#include "base/host_resources.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace millrace::base {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20U;

/// A folder in place of "/".
class FakeRoot {
 public:
  FakeRoot()
      : path_(fs::path(testing::TempDir()) / ("host_resources_" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
  }
  FakeRoot(const FakeRoot&) = delete;
  FakeRoot& operator=(const FakeRoot&) = delete;
  ~FakeRoot() { fs::remove_all(path_); }

  void file(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text << '\n';
  }
  [[nodiscard]] GroupLimits limits() const { return group_limits(path_); }

 private:
  fs::path path_;
};

/// Mounts version 2 at its usual place, with `top` as the mount's group.
FakeRoot& with_version_2(FakeRoot& root, const std::string& top, const std::string& group) {
  root.file("proc/self/cgroup", "0::" + group);
  root.file("proc/self/mountinfo",
            "24 1 0:22 / /proc rw - proc proc rw\n30 23 0:26 " + top +
                " /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate");
  return root;
}

TEST(GroupLimits, AreAbsentWithoutMounts) {
  const FakeRoot root;
  EXPECT_FALSE(root.limits().memory);
  EXPECT_FALSE(root.limits().cpus);
}

TEST(GroupLimits, OfVersion2AreTheLowestOfAGroupAndItsAncestors) {
  FakeRoot root;
  with_version_2(root, "/", "/pod/container");
  root.file("sys/fs/cgroup/pod/memory.max", std::to_string(512 * kMegabyte));
  root.file("sys/fs/cgroup/pod/container/memory.max", "max");
  root.file("sys/fs/cgroup/pod/cpu.max", "max 100000");
  root.file("sys/fs/cgroup/pod/container/cpu.max", "150000 100000");
  EXPECT_EQ(root.limits().memory, 512 * kMegabyte);
  EXPECT_EQ(root.limits().cpus, 1.5);
  root.file("sys/fs/cgroup/pod/container/memory.max", std::to_string(256 * kMegabyte));
  root.file("sys/fs/cgroup/pod/cpu.max", "50000 100000");
  EXPECT_EQ(root.limits().memory, 256 * kMegabyte);
  EXPECT_EQ(root.limits().cpus, 0.5);
}

TEST(GroupLimits, CountMemoryHigh) {
  FakeRoot root;
  with_version_2(root, "/", "/a");
  root.file("sys/fs/cgroup/a/memory.max", std::to_string(512 * kMegabyte));
  root.file("sys/fs/cgroup/a/memory.high", std::to_string(400 * kMegabyte));
  EXPECT_EQ(root.limits().memory, 400 * kMegabyte);
}

TEST(GroupLimits, InAContainerWithItsOwnNamespaceAreThoseOfTheTop) {
  FakeRoot root;
  with_version_2(root, "/", "/");
  root.file("sys/fs/cgroup/memory.max", std::to_string(300 * kMegabyte));
  EXPECT_EQ(root.limits().memory, 300 * kMegabyte);
}

TEST(GroupLimits, WhereTheMountShowsThisGroupOnlyAreThoseOfTheMount) {
  FakeRoot root;
  with_version_2(root, "/docker/abc", "/docker/abc");
  root.file("sys/fs/cgroup/memory.max", std::to_string(300 * kMegabyte));
  EXPECT_EQ(root.limits().memory, 300 * kMegabyte);
  with_version_2(root, "/docker/abc", "/docker/abc/inner");
  root.file("sys/fs/cgroup/inner/memory.max", std::to_string(200 * kMegabyte));
  EXPECT_EQ(root.limits().memory, 200 * kMegabyte);
  with_version_2(root, "/docker/abc", "/docker/other");
  EXPECT_EQ(root.limits().memory, 300 * kMegabyte);
}

TEST(GroupLimits, OfVersion1AreReadFromEachControllersMount) {
  const FakeRoot root;
  root.file("proc/self/cgroup", "5:cpu,cpuacct:/web\n4:memory:/web/one\n3:cpuset:/\n0::/");
  root.file("proc/self/mountinfo",
            "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
            "34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
            "35 31 0:32 / /sys/fs/cgroup/my\\040memory rw - cgroup cgroup rw,memory\n"
            "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw");
  root.file("sys/fs/cgroup/my memory/web/memory.limit_in_bytes", std::to_string(700 * kMegabyte));
  root.file("sys/fs/cgroup/my memory/web/one/memory.limit_in_bytes", "9223372036854771712");
  root.file("sys/fs/cgroup/cpu,cpuacct/web/cpu.cfs_quota_us", "250000");
  root.file("sys/fs/cgroup/cpu,cpuacct/web/cpu.cfs_period_us", "100000");
  root.file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1");
  root.file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000");
  EXPECT_EQ(root.limits().memory, 700 * kMegabyte);
  EXPECT_EQ(root.limits().cpus, 2.5);
}

TEST(GroupLimits, IgnoreTextThatIsNoNumber) {
  FakeRoot root;
  with_version_2(root, "/", "/a");
  root.file("sys/fs/cgroup/a/memory.max", "many");
  root.file("sys/fs/cgroup/a/cpu.max", "100000 0");
  EXPECT_FALSE(root.limits().memory);
  EXPECT_FALSE(root.limits().cpus);
}

TEST(HostResources, ArePositive) {
  EXPECT_GE(usable_cpus(), 1U);
  EXPECT_GT(usable_memory(), kMegabyte);
}

}  // namespace
}  // namespace millrace::base
