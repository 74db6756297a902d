// Routes that are difficult for the worker: see odd_route.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "millrace/shared.hpp"
#include "worker_harness.hpp"

namespace millrace::native {
namespace {

using testing::HasSubstr;

class OddCases : public WorkerTest {
 protected:
  void SetUp() override {
    gate() = false;
    waiting() = 0;
    WorkerTest::SetUp();
    load(false);
    ASSERT_FALSE(next_json(Kind::ready).contains("error"));
  }
  void TearDown() override {
    gate() = true;
    WorkerTest::TearDown();
  }

  static std::atomic<bool>& gate() { return shared<std::atomic<bool>>("odd gate"); }

  static std::atomic<int>& waiting() { return shared<std::atomic<int>>("odd waiting"); }
  static void until_waiting(int count) {
    while (waiting() < count) std::this_thread::yield();
  }

  void abort(std::uint64_t stream, link::AbortReason reason) {
    send(Kind::abort, stream, std::string(1, static_cast<char>(reason)));
  }
  static std::string ping(std::uint64_t number) {
    std::string frames;
    link::append_ping(frames, number, false);
    return frames;
  }
  void drain() {
    send(Kind::drain, 0, "");
    worker_.join();
    EXPECT_EQ(ending_, Ending::drained);
  }
};

INSTANTIATE_TEST_SUITE_P(Threads, OddCases, testing::Values(1, 2, 4));

TEST_P(OddCases, SendsAPongAfterADeadline) {
  std::uint64_t stream = 0;
  for (int i = 0; i < 50; ++i) {
    call_odd(++stream, "POST", "sleep");
    std::string frames;
    link::append_abort(frames, stream, link::AbortReason::deadline);
    send(frames + ping(stream));
    ASSERT_EQ(next(Kind::pong).size(), sizeof(std::uint64_t));
  }
}

TEST_P(OddCases, SendsPongsAfterADeadlineAsTheHandlerEnds) {
  std::uint64_t stream = 0;
  for (int i = 0; i < 200; ++i) {
    std::string frames = invoke(++stream, "GET", true);
    link::append_abort(frames, stream, link::AbortReason::deadline);
    send(frames + ping(stream));
    ASSERT_EQ(next(Kind::pong).size(), sizeof(std::uint64_t));
  }
}

TEST_P(OddCases, CallsStopCallbacks) {
  auto& stopped = shared<std::atomic<int>>("odd stopped");
  stopped = 0;
  constexpr int kMany = 300;
  for (std::uint64_t stream = 1; stream <= kMany; ++stream) {
    call_odd(stream, "POST", "sleep");
    // A task that has not begun may never begin.
    until_waiting(static_cast<int>(stream));
    abort(stream, link::AbortReason::client_gone);
  }
  drain();
  EXPECT_EQ(stopped, kMany);
}

TEST_P(OddCases, RespondsBesideTasksThatAlwaysScheduleAnotherTurn) {
  const auto busy = static_cast<std::uint32_t>(GetParam());
  for (std::uint64_t stream = 1; stream <= busy; ++stream) call_odd(stream, "POST", "turn");
  call_odd(busy + 1, "POST", "between");
  EXPECT_EQ(response_of(busy + 1).body, "between");
  send(invoke(busy + 2, "GET", true, kOdd));
  for (std::uint64_t stream = 1; stream <= busy + 2; ++stream) {
    EXPECT_EQ(response_of(stream).status, 200);
  }
}

TEST_P(OddCases, UsesAThreadBesideOneThatATaskBlocks) {
  // A single thread has no other beside it.
  if (GetParam() == 1) return;
  std::uint64_t stream = 0;
  for (int i = 0; i < 20; ++i) {
    gate() = false;
    send(invoke(++stream, "DELETE", false, kOdd));
    until_waiting(i + 1);
    send(Kind::body, stream, "go on", false);
    send(invoke(++stream, "GET", true, kOdd));
    ASSERT_EQ(response_of(stream).status, 200) << "it opens the gate for the other";
    ASSERT_EQ(response_of(stream - 1).body, "blocked");
  }
}

TEST_P(OddCases, ReadsABodyWhileItWritesTheResponse) {
  send(invoke(1, "PATCH", false, kOdd));
  read_until([&] { return responses_[1].body == "written" || HasFatalFailure(); });
  send(Kind::body, 1, "read", false);
  send(Kind::end, 1, "", true);
  EXPECT_TRUE(response_of(1).ended);
}

TEST_P(OddCases, RespondsToFieldsThatAreTooLong) {
  call_odd(1, "PUT", "long fields");
  EXPECT_EQ(response_of(1).status, 500);
  EXPECT_THAT(next(Kind::log),
              HasSubstr("the response's fields are too long: expected at most 1048576"));
  call_odd(2, "PUT", "long reason");
  EXPECT_EQ(response_of(2).status, 500);
  EXPECT_THAT(next(Kind::log), HasSubstr("the response's reason phrase is too long"));
  call_odd(3, "PUT", "much of both");
  EXPECT_EQ(response_of(3).status, 200);
  EXPECT_EQ(response_of(3).body.size(), 300'000U) << "fields and body are too long for one frame";
}

TEST_P(OddCases, ContinuesAfterWorkThatFails) {
  auto& worked = shared<std::atomic<bool>>("odd after");
  worked = false;
  call_odd(1, "POST", "after that fails");
  EXPECT_EQ(response_of(1).status, 200);
  EXPECT_THAT(next(Kind::log),
              HasSubstr("Error in after() of /api/odd (app/api/odd/route.cpp): first"));
  drain();
  EXPECT_TRUE(worked);
}

TEST_P(OddCases, LogsAnErrorBeforeTheHandlerContinues) {
  call_odd(1, "PUT", "block");
  EXPECT_THAT(next(Kind::log), HasSubstr("about to block")) << "it might have crashed";
  gate() = true;
  EXPECT_EQ(response_of(1).status, 200);
}

TEST_P(OddCases, SurvivesARouteWhoseOptionsThrow) {
  send(invoke(1, "GET", true, kThrowing));
  EXPECT_EQ(response_of(1).status, 500);
  EXPECT_THAT(next(Kind::log), HasSubstr("no options today"));
  send(invoke(2, "POST", false, kThrowing));
  send(Kind::body, 2, "x", true);
  EXPECT_EQ(response_of(2).status, 500);
  load(true);
  EXPECT_THAT(
      std::string(next_json(Kind::ready).at("error").as_string()),
      HasSubstr("/api/throwing (app/api/throwing/route.cpp): threw while it was loaded: no"));
}

TEST_P(OddCases, LoadsOnlyTheRoutesOfTheCommand) {
  load(true, {0, kOdd});
  EXPECT_FALSE(next_json(Kind::ready).contains("error"));
  load(true, {0, kGone});
  const std::string error(next_json(Kind::ready).at("error").as_string());
  EXPECT_THAT(error, HasSubstr("/api/gone"));
  EXPECT_THAT(error, testing::Not(HasSubstr("/api/throwing")));
}

TEST(SocketOutbox, IsNotSentBeforeAFlush) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const base::UniqueFd ours(ends[0]);
  const base::UniqueFd theirs(ends[1]);
  SocketOutbox out(ours.get(), [] {});
  EXPECT_TRUE(out.sent());
  out.append(Kind::log, 0, "text");
  EXPECT_FALSE(out.sent());
  out.flush();
  EXPECT_TRUE(out.sent());
}

}  // namespace
}  // namespace millrace::native
