#include "project/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "project/glob.hpp"
#include "project/test_folder.hpp"

namespace millrace::project {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

PoolSettings defaults() {
  PoolSettings pool;
  pool.max = 2;
  return pool;
}

Settings parsed(std::string_view text) {
  auto settings = parse_settings(text, "millrace.toml", defaults());
  EXPECT_TRUE(settings) << (settings ? "" : settings.error().message());
  return settings ? *settings : Settings{};
}

std::string error_of(std::string_view text) {
  const auto settings = parse_settings(text, "millrace.toml", defaults());
  return settings ? "" : settings.error().message();
}

TEST(Settings, WithoutAFileAreTheDefaults) {
  const TestFolder folder;
  const auto settings = read_settings(folder.path(), defaults());
  ASSERT_TRUE(settings);
  ASSERT_EQ(settings->pools.size(), 1U);
  EXPECT_EQ(settings->pools[0].name, "default");
  EXPECT_EQ(settings->pools[0].max, 2U);
}

TEST(Settings, ReadEachKey) {
  const Settings settings = parsed(R"(
[server]
probe = "/api/health"
cgroup = true
[pools]
db_connections = 40
[pools.default]
min = 0
max = 4
concurrency = 10
streams = 11
queue = 5
queue_timeout = 1
target_wait = "20ms"
idle = "5m"
max_duration = "1h"
blocked = "2s"
start_timeout = "3s"
drain_timeout = "4s"
memory = "512MB"
processes = 20
open_files = 1000
node_flags = ["--no-warnings"]
env = { A = "b" }
sandbox = { data = ["data"], env = ["DATABASE_URL"] }
)");
  EXPECT_EQ(settings.probe, "/api/health");
  EXPECT_TRUE(settings.cgroup);
  EXPECT_EQ(settings.db_connections, 40U);
  ASSERT_EQ(settings.pools.size(), 1U);
  const PoolSettings& pool = settings.pools[0];
  EXPECT_EQ(pool.min, 0U);
  EXPECT_EQ(pool.max, 4U);
  EXPECT_EQ(pool.concurrency, 10U);
  EXPECT_EQ(pool.streams, 11U);
  EXPECT_EQ(pool.queue, 5U);
  EXPECT_EQ(pool.queue_timeout, seconds(1));
  EXPECT_EQ(pool.target_wait, milliseconds(20));
  EXPECT_EQ(pool.idle, std::chrono::minutes(5));
  EXPECT_EQ(pool.max_duration, std::chrono::hours(1));
  EXPECT_EQ(pool.blocked, seconds(2));
  EXPECT_EQ(pool.start_timeout, seconds(3));
  EXPECT_EQ(pool.drain_timeout, seconds(4));
  EXPECT_EQ(pool.memory, 512ULL << 20U);
  EXPECT_EQ(pool.memory_hard, 768ULL << 20U);
  EXPECT_EQ(pool.processes, 20U);
  EXPECT_EQ(pool.open_files, 1000U);
  EXPECT_THAT(pool.node_flags, testing::ElementsAre("--no-warnings"));
  EXPECT_THAT(pool.env, testing::ElementsAre("A=b"));
  EXPECT_TRUE(pool.sandbox.enabled);
  EXPECT_THAT(pool.sandbox.data, testing::ElementsAre("data"));
  EXPECT_THAT(pool.sandbox.env, testing::ElementsAre("DATABASE_URL"));
}

TEST(Settings, GiveRoutesToTheFirstPoolOfTheFileThatClaimsThem) {
  const Settings settings = parsed(R"(
[pools.zebra]
routes = ["/api/reports/**"]
[pools.ant]
routes = ["/api/**"]
)");
  ASSERT_EQ(settings.pools.size(), 3U);
  EXPECT_EQ(settings.pools[1].name, "zebra");
  EXPECT_EQ(pool_of(settings, "/api/reports/[id]"), 1U);
  EXPECT_EQ(pool_of(settings, "/api/login"), 2U);
  EXPECT_EQ(pool_of(settings, "/feed.xml"), 0U);
}

TEST(Settings, KeepMinAndMaxTogetherWhereOneIsGiven) {
  EXPECT_EQ(parsed("[pools.default]\nmin = 7").pools[0].max, 7U);
  PoolSettings many = defaults();
  many.min = 2;
  const auto settings = parse_settings("[pools.default]\nmax = 1", "f", many);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->pools[0].min, 1U);
}

TEST(Settings, TellWhatIsWrongAndWhere) {
  EXPECT_THAT(error_of("[pools.default]\nmxa = 1"),
              testing::StartsWith("millrace.toml:2: [pools.default] mxa: nobody knows this key; "
                                  "expected one of routes, min, max,"));
  EXPECT_EQ(
      error_of("[pools.default]\nmemory = \"1 TB\""),
      "millrace.toml:2: memory: expected a size (\"512MB\", \"1GB\", or bytes), found '1 TB'");
  EXPECT_THAT(error_of("[pools.default]\nidle = -1"),
              testing::HasSubstr("idle: expected a duration"));
  EXPECT_THAT(error_of("[pools.default]\nmin = 3\nmax = 2"),
              testing::HasSubstr("min: expected at most max, 2, found 3"));
  EXPECT_THAT(error_of("[pools.a]\nmin = 1"), testing::HasSubstr("routes: expected the globs"));
  EXPECT_THAT(error_of("[pools.a]\nroutes = [\"api\"]"), testing::HasSubstr("begin with \"/\""));
  EXPECT_THAT(error_of("[pools.default]\nroutes = [\"/\"]"),
              testing::HasSubstr("the default pool"));
  EXPECT_THAT(error_of("[pools.default]\nmemory = 10\nmemory_hard = 5"),
              testing::HasSubstr("memory_hard: expected at least memory"));
  EXPECT_THAT(error_of("pools = 1"), testing::HasSubstr("pools: expected a table, found 1"));
  EXPECT_THAT(error_of("[pools.default\n"), testing::StartsWith("millrace.toml:1: "));
  EXPECT_THAT(error_of("[pools.default]\nsandbox = 1"),
              testing::HasSubstr("true, false or a table"));
}

TEST(Glob, TakesSegmentsAndPartsOfThem) {
  EXPECT_TRUE(glob_matches("/api/reports/**", "/api/reports"));
  EXPECT_TRUE(glob_matches("/api/reports/**", "/api/reports/a/[b]"));
  EXPECT_FALSE(glob_matches("/api/reports/**", "/api/reportsx"));
  EXPECT_TRUE(glob_matches("/api/*", "/api/users"));
  EXPECT_FALSE(glob_matches("/api/*", "/api/users/[id]"));
  EXPECT_TRUE(glob_matches("/api/users/[id]", "/api/users/[id]"));
  EXPECT_FALSE(glob_matches("/api/users/[id]", "/api/users/i"));
  EXPECT_TRUE(glob_matches("/api/re*rt*", "/api/rep-orts"));
  EXPECT_TRUE(glob_matches("/**/admin/**", "/api/v1/admin/users"));
  EXPECT_TRUE(glob_matches("/**", "/"));
  EXPECT_FALSE(glob_matches("/", "/api"));
}

}  // namespace
}  // namespace millrace::project
