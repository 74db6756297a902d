#include "workers/cgroups.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "project/test_folder.hpp"

namespace millrace::workers {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::vector<fs::path> groups_in(const fs::path& folder) {
  std::vector<fs::path> groups;
  for (const auto& entry : fs::directory_iterator(folder)) groups.push_back(entry.path());
  return groups;
}

// A plain folder stands for the cgroup file system: the test checks what is written, not what the
// kernel does with it.

TEST(Cgroups, AreCreatedWithTheirLimitsAndEntered) {
  const project::TestFolder folder;
  Cgroups cgroups(folder.path());
  const auto group = cgroups.make({.memory = 1 << 20U, .processes = 7});
  ASSERT_TRUE(group);
  const auto groups = groups_in(folder.path());
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(content(groups[0] / "memory.max"), "1048576");
  EXPECT_EQ(content(groups[0] / "pids.max"), "7");
  EXPECT_TRUE((*group)->enter());
  EXPECT_EQ(content(groups[0] / "cgroup.procs"), "0");
}

TEST(Cgroups, HaveNoLimitsByDefaultAndDifferentNames) {
  const project::TestFolder folder;
  Cgroups cgroups(folder.path());
  const auto first = cgroups.make({});
  const auto second = cgroups.make({});
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  const auto groups = groups_in(folder.path());
  ASSERT_EQ(groups.size(), 2U);
  for (const auto& group : groups) EXPECT_FALSE(fs::exists(group / "memory.max"));
}

TEST(Cgroups, KillRemainingProcessesOnDestruction) {
  const project::TestFolder folder;
  Cgroups cgroups(folder.path());
  auto group = cgroups.make({});
  ASSERT_TRUE(group);
  const fs::path place = groups_in(folder.path()).at(0);
  *group = nullptr;
  EXPECT_EQ(content(place / "cgroup.kill"), "1");
}

TEST(Cgroups, ReportWhereTheyCannotBeCreated) {
  Cgroups cgroups("/proc/none");
  const auto group = cgroups.make({});
  ASSERT_FALSE(group);
  EXPECT_THAT(group.error().message(),
              testing::HasSubstr("cannot create the control group /proc/none"));
}

}  // namespace
}  // namespace millrace::workers
