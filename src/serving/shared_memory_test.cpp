#include "serving/shared_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/test_settings.hpp"

namespace millrace::serving {
namespace {

using testing::ElementsAre;

/// Two routes, a chat and a report, and a proxy file; the memory state belongs to the chat.
project::Manifest manifest() {
  project::Manifest made;
  made.routes.resize(2);
  made.routes[0].path = "/api/chat";
  made.routes[0].file = "app/api/chat/route.ts";
  made.routes[1].path = "/api/reports/a";
  made.routes[1].file = "app/api/reports/a/route.ts";
  made.middleware = project::Middleware{.file = "proxy.ts", .module = {}, .matchers = {}};
  made.memory_state = {
      {.file = "lib/bus.ts", .line = 3, .name = "bus", .routes = {"app/api/chat/route.ts"}}};
  return made;
}

constexpr std::string_view kReports = "[pools.reports]\nroutes = [\"/api/reports/**\"]\n";

TEST(SharedMemory, GivesThePoolOneWorkerAndExplainsIt) {
  const SharedMemory memory = find_shared_memory(settings_of(kReports), manifest());
  EXPECT_THAT(memory.one_worker, ElementsAre(true, false));
  EXPECT_THAT(memory.notes,
              ElementsAre("  - State in memory: lib/bus.ts:3 (bus); one worker serves (several: "
                          "workers = \"auto\" in [pools.default])"));
}

TEST(SharedMemory, ChangesNothingWithoutState) {
  project::Manifest without = manifest();
  without.memory_state.clear();
  const SharedMemory memory = find_shared_memory(settings_of(kReports), without);
  EXPECT_THAT(memory.one_worker, ElementsAre(false, false));
  EXPECT_THAT(memory.notes, ElementsAre());
}

TEST(SharedMemory, KeepsTheNumberOfWorkersFromTheSettings) {
  for (const char* said : {"workers = \"auto\"", "workers = 3", "min = 2\nmax = 4"}) {
    const auto settings = settings_of(std::string("[pools.default]\n") + said);
    EXPECT_THAT(find_shared_memory(settings, manifest()).one_worker, ElementsAre(false)) << said;
  }
  project::PoolSettings on_command_line;
  on_command_line.count = project::WorkerCount::given;
  const auto settings = settings_of("", on_command_line);
  EXPECT_THAT(find_shared_memory(settings, manifest()).one_worker, ElementsAre(false));
}

TEST(SharedMemory, AMaximumAloneIsNotANumberOfWorkers) {
  const auto settings = settings_of("[pools.default]\nmin = 0\nmax = 4");
  EXPECT_THAT(find_shared_memory(settings, manifest()).one_worker, ElementsAre(true));
}

TEST(SharedMemory, CountsTheMiddlewareToTheDefaultPool) {
  project::Manifest of_proxy = manifest();
  of_proxy.memory_state[0].routes = {"proxy.ts"};
  const SharedMemory memory = find_shared_memory(settings_of(kReports), of_proxy);
  EXPECT_THAT(memory.one_worker, ElementsAre(true, false));
}

TEST(SharedMemory, NotesStateThatPoolsDoNotShare) {
  project::Manifest of_all = manifest();
  of_all.memory_state[0].routes.clear();
  of_all.memory_state.push_back(
      {.file = "lib/limit.ts", .line = 9, .name = "hits", .routes = {"proxy.ts"}});
  const SharedMemory memory = find_shared_memory(settings_of(kReports), of_all);
  EXPECT_THAT(memory.one_worker, ElementsAre(true, true));
  EXPECT_THAT(
      memory.notes,
      ElementsAre("  - State in memory: lib/bus.ts:3 (bus) and 1 more; one worker serves (several: "
                  "workers = \"auto\" in [pools.default])",
                  "  - State in memory: lib/bus.ts:3 (bus); one worker of pool reports serves "
                  "(several: workers = \"auto\" in [pools.reports])",
                  testing::HasSubstr("lib/bus.ts:3 (bus) is state of routes in several pools")));
}

}  // namespace
}  // namespace millrace::serving
