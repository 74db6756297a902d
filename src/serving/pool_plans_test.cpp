#include "serving/pool_plans.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/test_settings.hpp"

namespace millrace::serving {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

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

/// Plans the pools of a project with one JavaScript route for each pool.
base::Result<std::vector<workers::PoolPlan>> plan_pools(const project::Settings& settings,
                                                        const workers::Launch& node,
                                                        const std::filesystem::path& share) {
  auto plan = plan_fleet(settings, {}, {.node = node, .native = launch()}, share);
  if (!plan) return plan.error();
  return std::move(plan->pools);
}

TEST(PoolPlans, ShareTheConnectionBudget) {
  const auto plans = plan_pools(settings_of("[pools]\ndb_connections = 41\n[pools.default]\nmax = "
                                            "6\n[pools.x]\nroutes = [\"/x\"]\nmax = 2"),
                                launch(), "/share");
  ASSERT_TRUE(plans);
  for (const auto& plan : *plans) {
    // Eight workers, and two that may exist during a replacement.
    EXPECT_THAT(plan.launch.environment, testing::Contains("MILLRACE_DB_POOL_SIZE=4"));
  }
}

TEST(PoolPlans, RejectABudgetSmallerThanTheNumberOfWorkers) {
  const auto plans = plan_pools(
      settings_of("[pools]\ndb_connections = 2\n[pools.default]\nmax = 2"), launch(), "/share");
  ASSERT_FALSE(plans);
  EXPECT_THAT(plans.error().message(),
              testing::HasSubstr("at least one for each of the 3 possible workers"));
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

TEST(PoolPlans, KeepTheHeapLimitThatTheProjectSets) {
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

/// Plans one pool whose route is a page.
workers::PoolPlan plan_for_pages(std::string_view toml, const workers::Launch& node) {
  project::Manifest manifest;
  manifest.routes.resize(1);
  manifest.routes[0].path = "/page";
  manifest.routes[0].kind = project::RouterKind::app_page;
  auto plan = plan_fleet(settings_of(toml), manifest, {.node = node, .native = launch()}, "/share");
  EXPECT_TRUE(plan);
  return plan->pools.at(0);
}

TEST(PoolPlans, GivePagesALargerYoungGeneration) {
  EXPECT_THAT(
      plan_for_pages("[pools.default]\nmemory_hard = \"512MB\"", launch()).launch.arguments,
      testing::ElementsAre("--max-old-space-size=512", "--max-semi-space-size=32", "worker.mjs"));
  EXPECT_THAT(plan_for_pages("[pools.default]\nmemory_hard = \"500MB\"", launch()).launch.arguments,
              testing::ElementsAre("--max-old-space-size=500", "worker.mjs"))
      << "the heap is too small for it";
  const std::string_view own =
      "[pools.default]\nmemory_hard = \"1GB\"\nnode_flags = [\"--max_semi_space_size=8\"]";
  EXPECT_THAT(
      plan_for_pages(own, launch()).launch.arguments,
      testing::ElementsAre("--max_semi_space_size=8", "--max-old-space-size=1024", "worker.mjs"));
}

TEST(PoolPlans, AssignEachRouteItsPoolAndMaxDuration) {
  const project::Settings settings = settings_of(
      "[pools.default]\nmax_duration = 10\n[pools.slow]\nroutes = [\"/slow/**\"]\nmax_duration = "
      "\"5m\"");
  project::Manifest manifest;
  manifest.routes.resize(3);
  manifest.routes[0].path = "/api/a";
  manifest.routes[1].path = "/api/b";
  manifest.routes[1].max_duration = milliseconds(2500);
  manifest.routes[2].path = "/slow/c";
  const auto plan =
      plan_fleet(settings, manifest, {.node = launch(), .native = launch()}, "/share");
  ASSERT_TRUE(plan);
  const auto& routes = plan->routes;
  ASSERT_EQ(routes.size(), 3U);
  EXPECT_EQ(routes[0].max_duration, seconds(10));
  EXPECT_EQ(routes[1].max_duration, milliseconds(2500));
  EXPECT_EQ(routes[2].max_duration, std::chrono::minutes(5));
  EXPECT_EQ(routes[2].pool, 1U);
}

TEST(PoolPlans, UseOneWorkerForRoutesWithMemoryState) {
  project::PoolSettings defaults;
  defaults.max = 8;
  const auto settings = project::parse_settings("[pools.default]\nblocked = \"1s\"", "", defaults);
  ASSERT_TRUE(settings);
  project::Manifest manifest;
  manifest.routes.resize(1);
  manifest.routes[0].path = "/api/a";
  manifest.routes[0].file = "app/api/a/route.ts";
  const Launches launches = {.node = launch(), .native = launch()};
  const auto without = plan_fleet(*settings, manifest, launches, "/");
  ASSERT_TRUE(without);
  EXPECT_EQ(without->pools[0].options.serving, workers::Serving::by_load);
  EXPECT_EQ(without->pools[0].options.max, 8U);
  manifest.memory_state = {{.file = "lib/a.ts", .line = 1, .name = "a", .routes = {}}};
  const auto with = plan_fleet(*settings, manifest, launches, "/");
  ASSERT_TRUE(with);
  const workers::PoolOptions& options = with->pools[0].options;
  EXPECT_EQ(options.serving, workers::Serving::one);
  EXPECT_EQ(options.max, 1U);
  EXPECT_EQ(options.held, seconds(1));
  EXPECT_GT(options.heap_limit, without->pools[0].options.heap_limit);
  EXPECT_EQ(with->notes.size(), 1U);
}

TEST(PoolPlans, GiveCppRoutesAPoolOfTheirOwn) {
  const project::Settings settings =
      settings_of("[pools.default]\nthreads = 3\n[pools.x]\nroutes = [\"/x/**\"]");
  project::Manifest manifest;
  manifest.routes.resize(3);
  manifest.routes[0].path = "/api/a";
  manifest.routes[0].file = "app/api/a/route.ts";
  manifest.routes[1].path = "/api/b";
  manifest.routes[1].file = "app/api/b/route.cpp";
  manifest.routes[2].path = "/x/c";
  manifest.routes[2].file = "app/x/c/route.cpp";
  manifest.middleware = project::Middleware{.file = "proxy.cpp", .module = {}, .matchers = {}};
  const auto plan = plan_fleet(settings, manifest, {.node = launch(), .native = launch()}, "/");
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->pools.size(), 3U);
  EXPECT_EQ(plan->pools[0].role, &workers::kNodeWorker);
  EXPECT_EQ(plan->pools[1].role, &workers::kNativeWorker);
  EXPECT_EQ(plan->pools[1].options.name, "default, C++");
  EXPECT_THAT(plan->pools[1].launch.arguments, testing::ElementsAre("--threads", "3"));
  EXPECT_EQ(plan->pools[plan->routes[0].pool].role, &workers::kNodeWorker);
  EXPECT_EQ(plan->routes[1].pool, 1U);
  EXPECT_EQ(plan->pools[plan->routes[2].pool].options.name, "x, C++");
  EXPECT_EQ(plan->routes[3].pool, 1U) << "the middleware";
}

TEST(PoolPlans, HaveNoNodePoolForAProjectInCppAlone) {
  project::Manifest manifest;
  manifest.routes.resize(1);
  manifest.routes[0].path = "/api/b";
  manifest.routes[0].file = "app/api/b/route.cpp";
  const auto plan =
      plan_fleet(settings_of(""), manifest, {.node = launch(), .native = launch()}, "/");
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->pools.size(), 1U);
  EXPECT_EQ(plan->pools[0].role, &workers::kNativeWorker);
}

project::Manifest with_images() {
  project::Manifest manifest;
  manifest.routes = {{.path = "/",
                      .kind = project::RouterKind::app_page,
                      .file = "app/page.tsx",
                      .parameters = {}},
                     {.path = "/_next/image",
                      .kind = project::RouterKind::image,
                      .file = "next",
                      .parameters = {}}};
  return manifest;
}

TEST(PoolPlans, GiveImagesABoundedPoolOfTheirOwn) {
  project::Manifest manifest = with_images();
  // The optimiser runs no code of the project's, so its pool does not divide the memory.
  manifest.memory_state = {{.file = "lib/a.ts", .line = 1, .name = "a", .routes = {}}};
  const auto plan = plan_fleet(settings_of("[pools.default]\nmin = 2\nmax = 4\nworkers = \"auto\""),
                               manifest, {.node = launch(), .native = launch()}, "/");
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->pools.size(), 2U);
  EXPECT_TRUE(plan->notes.empty()) << plan->notes.front();
  EXPECT_EQ(plan->routes[0].pool, 0U);
  EXPECT_EQ(plan->routes[1].pool, 1U);
  const workers::PoolOptions& images = plan->pools[1].options;
  EXPECT_EQ(images.name, "images");
  EXPECT_EQ(images.min, 0U);
  EXPECT_EQ(images.max, 1U);
  EXPECT_EQ(images.concurrency, 32U);
  EXPECT_EQ(images.queue, 1024U);
  EXPECT_EQ(images.memory, std::uint64_t{512} << 20U);
  EXPECT_EQ(images.memory_hard, std::uint64_t{768} << 20U);
}

TEST(PoolPlans, LeaveImagesToThePoolThatClaimsThem) {
  const auto plan =
      plan_fleet(settings_of("[pools.pictures]\nroutes = [\"/_next/image\"]\nmax = 3"),
                 with_images(), {.node = launch(), .native = launch()}, "/");
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->pools.size(), 2U);
  EXPECT_EQ(plan->pools[1].options.name, "pictures");
  EXPECT_EQ(plan->pools[1].options.max, 3U);
}

}  // namespace
}  // namespace millrace::serving
