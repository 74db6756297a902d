#include "cli/pool_plans.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

project::Settings settings_of(std::string_view text) {
  auto settings = project::parse_settings(text, "millrace.toml", {});
  EXPECT_TRUE(settings) << (settings ? "" : settings.error().message());
  return settings ? *settings : project::Settings{};
}

workers::Launch launch() {
  return {.program = "/node",
          .arguments = {"worker.mjs"},
          .environment = {"A=1", "B=2"},
          .working_directory = "/",
          .limits = {},
          .sandbox = nullptr,
          .cgroups = nullptr,
          .cgroup_limits = {}};
}

TEST(PoolPlans, ShareTheBudgetOfConnections) {
  const auto plans = plan_pools(settings_of("[pools]\ndb_connections = 41\n[pools.default]\nmax = "
                                            "6\n[pools.x]\nroutes = [\"/x\"]\nmax = 2"),
                                launch(), "/share");
  ASSERT_TRUE(plans);
  for (const auto& plan : *plans) {
    // Eight workers, and two that may be there to be replaced.
    EXPECT_THAT(plan.launch.environment, testing::Contains("MILLRACE_DB_POOL_SIZE=4"));
  }
}

TEST(PoolPlans, RefuseABudgetThatIsLessThanTheWorkers) {
  const auto plans = plan_pools(
      settings_of("[pools]\ndb_connections = 2\n[pools.default]\nmax = 2"), launch(), "/share");
  ASSERT_FALSE(plans);
  EXPECT_THAT(plans.error().message(),
              testing::HasSubstr("at least one for each of the 3 workers"));
}

TEST(PoolPlans, PutFlagsBeforeTheScriptAndVariablesOverOthers) {
  const auto plans =
      plan_pools(settings_of("[pools.default]\nnode_flags = [\"--expose-gc\"]\nmemory_hard = "
                             "\"300MB\"\nenv = { B = \"3\" }"),
                 launch(), "/share");
  ASSERT_TRUE(plans);
  const workers::Launch& made = (*plans)[0].launch;
  EXPECT_THAT(made.arguments,
              testing::ElementsAre("--expose-gc", "--max-old-space-size=300", "worker.mjs"));
  EXPECT_THAT(made.environment, testing::ElementsAre("A=1", "B=3"));
  EXPECT_EQ((*plans)[0].options.heap_limit, 300ULL << 20U);
}

TEST(PoolPlans, LeaveTheHeapToAProjectThatSetsIt) {
  const auto by_flag =
      plan_pools(settings_of("[pools.default]\nnode_flags = [\"--max_old_space_size=100\"]"),
                 launch(), "/share");
  ASSERT_TRUE(by_flag);
  EXPECT_THAT((*by_flag)[0].launch.arguments,
              testing::ElementsAre("--max_old_space_size=100", "worker.mjs"));
  EXPECT_EQ((*by_flag)[0].options.heap_limit, 100ULL << 20U);
  workers::Launch with_options = launch();
  with_options.environment.emplace_back("NODE_OPTIONS=--max-old-space-size=200 --no-warnings");
  const auto by_variable = plan_pools(settings_of(""), with_options, "/share");
  ASSERT_TRUE(by_variable);
  EXPECT_THAT((*by_variable)[0].launch.arguments, testing::ElementsAre("worker.mjs"));
  EXPECT_EQ((*by_variable)[0].options.heap_limit, 200ULL << 20U);
}

TEST(PoolPlans, TellEachRouteItsPoolAndItsTime) {
  const project::Settings settings = settings_of(
      "[pools.default]\nmax_duration = 10\n[pools.slow]\nroutes = [\"/slow/**\"]\nmax_duration = "
      "\"5m\"");
  project::Manifest manifest;
  manifest.routes.resize(3);
  manifest.routes[0].path = "/api/a";
  manifest.routes[1].path = "/api/b";
  manifest.routes[1].options["maxDuration"] = 2.5;
  manifest.routes[2].path = "/slow/c";
  const auto routes = describe_routes(settings, manifest);
  ASSERT_EQ(routes.size(), 3U);
  EXPECT_EQ(routes[0].max_duration, seconds(10));
  EXPECT_EQ(routes[1].max_duration, milliseconds(2500));
  EXPECT_EQ(routes[2].max_duration, std::chrono::minutes(5));
  EXPECT_EQ(routes[2].pool, 1U);
}

}  // namespace
}  // namespace millrace::cli
