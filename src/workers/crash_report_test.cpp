#include "workers/crash_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace millrace::workers {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

InFlight in_flight(std::uint64_t stream, std::uint32_t route = 0) {
  return {.generation = 1, .route = route, .stream = stream};
}

InFlight streaming(std::uint64_t stream, std::uint32_t route, milliseconds time) {
  InFlight made = in_flight(stream, route);
  made.streaming_for = time;
  return made;
}

std::vector<std::uint64_t> streams_of(const CrashReport& report) {
  std::vector<std::uint64_t> streams;
  for (const InFlight& one : report.in_flight_at_exit()) streams.push_back(one.stream);
  return streams;
}

Load routes() {
  Load load;
  load.routes = std::make_shared<std::vector<RouteInfo>>(
      std::vector<RouteInfo>{{.path = "/a"}, {.path = "/b"}, {.path = "/c"}, {.path = "/d"}});
  return load;
}

TEST(CrashReportTest, TheMostLikelyCulpritIsTheFirstAfterTheLastResponse) {
  CrashReport report;
  report.response_begun(3);
  report.response_begun(2);
  report.failed({in_flight(5), in_flight(1), in_flight(4), in_flight(2)});
  EXPECT_THAT(streams_of(report), ElementsAre(4U, 5U, 1U, 2U));
}

TEST(CrashReportTest, ExpiredInvocationsComeFirstUntilTheLoopTurns) {
  CrashReport report;
  report.expired(in_flight(1));
  report.loop_turned();
  report.expired(in_flight(7));
  report.failed({in_flight(2)});
  EXPECT_THAT(streams_of(report), ElementsAre(7U, 2U));
}

TEST(CrashReportTest, SuspectsAreTheRoutesOfTheGenerationEachOnce) {
  CrashReport report;
  InFlight old = in_flight(4, 3);
  old.generation = 0;
  report.failed({in_flight(1, 2), in_flight(2, 1), in_flight(3, 2), old});
  EXPECT_THAT(report.suspects(1), ElementsAre(1U, 2U));
  EXPECT_THAT(report.suspects(0), ElementsAre(3U));
}

TEST(CrashReportTest, ALongStreamingResponseIsNoSuspectBesideOthers) {
  CrashReport report;
  report.failed({streaming(1, 1, CrashReport::kLongStreaming), in_flight(2, 2),
                 streaming(3, 3, CrashReport::kLongStreaming - milliseconds(1))});
  EXPECT_THAT(report.suspects(1), ElementsAre(2U, 3U));
}

TEST(CrashReportTest, ALongStreamingResponseIsASuspectIfThereIsNoOther) {
  CrashReport report;
  report.failed({streaming(1, 1, CrashReport::kLongStreaming)});
  EXPECT_THAT(report.suspects(1), ElementsAre(1U));
}

TEST(CrashReportTest, NamesTheCause) {
  CrashReport exited;
  exited.exited({.code = 3});
  EXPECT_EQ(exited.cause(0), "exit code 3");
  CrashReport killed;
  killed.killed(metrics::WorkerEnd::blocked, "blocked");
  killed.killed(metrics::WorkerEnd::blocked, "another reason");
  killed.exited({.signal = SIGKILL});
  EXPECT_EQ(killed.cause(0), "killed: blocked");
}

TEST(CrashReportTest, ClassifiesTheEndForMetrics) {
  using metrics::WorkerEnd;
  CrashReport exited;
  exited.exited({.code = 3});
  EXPECT_EQ(exited.end(0, false), WorkerEnd::exited);
  CrashReport crashed;
  crashed.exited({.signal = SIGSEGV});
  EXPECT_EQ(crashed.end(0, false), WorkerEnd::signal);
  CrashReport full(100);
  full.exited({.signal = SIGABRT});
  EXPECT_EQ(full.end(90, false), WorkerEnd::out_of_memory);
  CrashReport killed;
  killed.killed(WorkerEnd::memory_limit, "too large");
  killed.exited({.signal = SIGKILL});
  EXPECT_EQ(killed.end(0, true), WorkerEnd::memory_limit);
  CrashReport drained;
  drained.drained();
  drained.exited({});
  EXPECT_EQ(drained.end(0, false), WorkerEnd::drained);
  EXPECT_EQ(drained.end(0, true), WorkerEnd::replaced);
}

TEST(CrashReportTest, AnAbortWithAFullHeapIsOutOfMemory) {
  CrashReport full(100);
  full.exited({.signal = SIGABRT});
  EXPECT_EQ(full.cause(90), "signal 6 (Aborted), out of memory");
  EXPECT_EQ(full.cause(50), "signal 6 (Aborted)");
  CrashReport unknown;
  unknown.exited({.signal = SIGABRT});
  EXPECT_EQ(unknown.cause(90), "signal 6 (Aborted)");
}

TEST(CrashReportTest, ADrainedWorkerMayEndInAnyWay) {
  for (const Exit exit : {Exit{}, Exit{.code = 9}, Exit{.signal = SIGTERM}}) {
    CrashReport report;
    report.drained();
    EXPECT_FALSE(report.ended_as_asked());
    report.exited(exit);
    EXPECT_TRUE(report.ended_as_asked());
  }
}

TEST(CrashReportTest, OtherEndsAreUnexpected) {
  CrashReport unasked;
  unasked.exited({});
  EXPECT_FALSE(unasked.ended_as_asked());
  CrashReport crashed;
  crashed.drained();
  crashed.exited({.signal = SIGSEGV});
  EXPECT_FALSE(crashed.ended_as_asked());
  CrashReport killed;
  killed.drained();
  killed.killed(metrics::WorkerEnd::blocked, "not drained in time");
  killed.exited({.signal = SIGKILL});
  EXPECT_FALSE(killed.ended_as_asked());
  CrashReport lossy;
  lossy.drained();
  lossy.failed({in_flight(1)});
  lossy.exited({});
  EXPECT_FALSE(lossy.ended_as_asked());
}

TEST(CrashReportTest, AKillByTheServerIsNotFromOutside) {
  CrashReport outside;
  outside.exited({.signal = SIGKILL});
  EXPECT_TRUE(outside.killed_from_outside());
  CrashReport ours;
  ours.killed(metrics::WorkerEnd::blocked, "blocked");
  ours.exited({.signal = SIGKILL});
  EXPECT_FALSE(ours.killed_from_outside());
}

TEST(CrashReportTest, NamesThreeRoutesAndCountsTheRequests) {
  CrashReport report;
  EXPECT_THAT(report.name_in_flight(12, routes()), IsEmpty());
  report.failed(
      {in_flight(1, 0), in_flight(2, 0), in_flight(3, 1), in_flight(4, 9), in_flight(5, 3)});
  EXPECT_EQ(
      report.name_in_flight(12, routes()),
      "; in flight: /a (request 12-1), /b (request 12-3), route 9 (request 12-4), 5 requests in "
      "total");
}

}  // namespace
}  // namespace millrace::workers
