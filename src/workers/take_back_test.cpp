// Invocations that a worker has not read, taken back from its link: over a socket whose other end is
// read by the test, by a thread at the same time, and by processes that are stopped or killed.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "workers/test_link.hpp"
#include "workers/test_pool.hpp"

namespace millrace::workers {
namespace {

using link::Kind;
using testing::ElementsAre;
using testing::IsEmpty;

/// What a worker has read of its link.
class Reading {
 public:
  struct Read {
    Kind kind;
    std::uint64_t stream;
    std::string target_or_payload;
    bool end;
  };

  /// Returns false for bytes that are not frames.
  bool take(std::string_view bytes) {
    partial_ += bytes;
    for (;;) {
      const link::Decoded decoded = link::decode_frame(partial_);
      if (decoded.status == link::DecodeStatus::failed) return false;
      if (decoded.status == link::DecodeStatus::need_more) return true;
      const link::Frame& frame = decoded.frame;
      const auto invoke =
          frame.kind == Kind::invoke ? link::decode_invoke(frame.payload) : std::nullopt;
      frames.push_back({.kind = frame.kind,
                        .stream = frame.stream,
                        .target_or_payload = std::string(invoke ? invoke->target : frame.payload),
                        .end = frame.end()});
      partial_.erase(0, decoded.consumed);
    }
  }

  [[nodiscard]] std::vector<std::string> targets() const {
    std::vector<std::string> all;
    for (const Read& read : frames) {
      if (read.kind == Kind::invoke) all.push_back(read.target_or_payload);
    }
    return all;
  }

  [[nodiscard]] std::string body(std::uint64_t stream) const {
    std::string all;
    for (const Read& read : frames) {
      if (read.kind == Kind::body && read.stream == stream) all += read.target_or_payload;
    }
    return all;
  }

  std::vector<Read> frames;

 private:
  std::string partial_;
};

class TakeBackTest : public LinkFixture {
 protected:
  TakeBackTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    worker_ = base::UniqueFd(ends[1]);
    session_.emplace(
        loop_, base::UniqueFd(ends[0]),
        SessionOptions{.role = kNodeWorker, .load = generation(1), .cache_scope = "scope"},
        watchdog_, report_, static_cast<WorkerServices&>(*this),
        static_cast<LinkSession::Observer&>(*this));
    session_->keep_peer_end(base::UniqueFd(::dup(ends[1])));
  }

  /// The worker reads at most `most` bytes.
  std::size_t read(std::size_t most = std::size_t{1} << 20U) {
    std::string bytes(most, '\0');
    const ssize_t got = ::recv(worker_.get(), bytes.data(), bytes.size(), 0);
    if (got <= 0) return 0;
    EXPECT_TRUE(reading_.take(std::string_view(bytes).substr(0, static_cast<std::size_t>(got))));
    return static_cast<std::size_t>(got);
  }
  void read_all() {
    for (turn(); read() > 0;) turn();
  }

  Requester& ask(std::string_view target, bool has_body = false) {
    Requester& requester = requesters_.emplace_back();
    requester.invocation.request.generation = 1;
    requester.invocation.request.method = "GET";
    requester.invocation.request.target = target;
    requester.invocation.has_body = has_body;
    reopen(requester.invocation);
    return requester;
  }
  void reopen(Invocation& invocation) { session_->streams().open(invocation, net::Clock::now()); }

  /// Returns the targets of what was taken back.
  std::vector<std::string> take_back() {
    taken_.clear();
    std::vector<std::string> targets;
    for (const auto& [invocation, since] : session_->streams().take_back()) {
      taken_.push_back(invocation);
      targets.emplace_back(invocation->request.target);
    }
    return targets;
  }

  void reopen_all() {
    for (Invocation* const invocation : taken_) reopen(*invocation);
  }

  base::UniqueFd worker_;
  Reading reading_;
  std::vector<Invocation*> taken_;
};

TEST_F(TakeBackTest, WhatAWorkerHasNotReadIsTakenBackAndSentAgain) {
  ask("/a");
  ask("/b");
  turn();
  ask("/c");
  EXPECT_NE(session_->streams().unread(), nullptr);
  EXPECT_THAT(take_back(), ElementsAre("/a", "/b", "/c"));
  EXPECT_EQ(session_->streams().size(), 0U);
  EXPECT_EQ(session_->streams().unread(), nullptr);
  read_all();
  EXPECT_THAT(reading_.frames, IsEmpty());
  reopen_all();
  read_all();
  EXPECT_THAT(reading_.targets(), ElementsAre("/a", "/b", "/c"));
  EXPECT_EQ(reading_.frames.back().stream, 6U);
  EXPECT_TRUE(reading_.frames.back().end);
  EXPECT_THAT(take_back(), IsEmpty());
}

TEST_F(TakeBackTest, TheRestOfAFrameThatIsPartlyReadFollows) {
  ask("/a");
  ask("/b");
  ask("/c");
  turn();
  std::string one;
  link::append_invoke(one, 1, requesters_.front().invocation.request, true);
  EXPECT_EQ(read(one.size() + 5), one.size() + 5);
  EXPECT_THAT(take_back(), ElementsAre("/c"));
  read_all();
  EXPECT_THAT(reading_.targets(), ElementsAre("/a", "/b"));
  EXPECT_EQ(session_->streams().size(), 2U);
  ask("/d");
  reopen_all();
  read_all();
  EXPECT_THAT(reading_.targets(), ElementsAre("/a", "/b", "/d", "/c"));
}

TEST_F(TakeBackTest, EveryBorderIsFound) {
  std::size_t length = 0;
  for (std::size_t cut = 0; cut <= length; ++cut) {
    SCOPED_TRACE(cut);
    for (const char* const target : {"/1", "/22", "/333"}) ask(target);
    turn();
    if (cut == 0) {
      std::string all;
      for (const char* const target : {"/1", "/22", "/333"}) {
        link::InvokeView one;
        one.method = "GET";
        one.target = target;
        link::append_invoke(all, 1, one, true);
      }
      length = all.size();
    }
    for (std::size_t left = cut; left > 0;) left -= read(left);
    take_back();
    reopen_all();
    read_all();
    const std::vector<std::string> targets = reading_.targets();
    EXPECT_EQ(std::multiset<std::string>(targets.begin(), targets.end()),
              (std::multiset<std::string>{"/1", "/22", "/333"}));
    requesters_.clear();
    reading_ = {};
  }
}

TEST_F(TakeBackTest, BodiesAreSentAgainWithinTheirCredit) {
  Requester& whole = ask("/whole", true);
  whole.invocation.send_body("all of it", true);
  Requester& part = ask("/part", true);
  part.invocation.send_body(std::string(100'000, 'x'), false);
  EXPECT_THAT(take_back(), ElementsAre("/whole", "/part"));
  EXPECT_EQ(part.invocation.body_credit(), 0U);
  EXPECT_FALSE(whole.invocation.wants_body());
  EXPECT_TRUE(part.invocation.wants_body());
  EXPECT_TRUE(whole.invocation.has_sent_body() && part.invocation.has_sent_body());
  reopen_all();
  EXPECT_EQ(part.invocation.body_credit(), protocol::kInitialCredit - 100'000);
  part.invocation.send_body("y", true);
  read_all();
  EXPECT_THAT(reading_.targets(), ElementsAre("/whole", "/part"));
  EXPECT_EQ(reading_.body(3), "all of it");
  EXPECT_EQ(reading_.body(4), std::string(100'000, 'x') + "y");
  EXPECT_TRUE(reading_.frames.back().end);
}

TEST_F(TakeBackTest, WhatTheKernelHasNotTakenIsTakenBackToo) {
  for (int i = 0; i < 3; ++i) {
    ask("/" + std::to_string(i), true)
        .invocation.send_body(std::string(protocol::kInitialCredit, 'x'), true);
    turn();
  }
  ask("/last");
  EXPECT_THAT(take_back(), ElementsAre("/0", "/1", "/2", "/last"));
  ask("/other");
  read_all();
  EXPECT_THAT(reading_.targets(), ElementsAre("/other"));
}

TEST_F(TakeBackTest, AnAbortedInvocationIsForgotten) {
  ask("/first");
  Requester& gone = ask("/gone", true);
  gone.invocation.send_body("ab", false);
  ask("/stays");
  turn();
  gone.invocation.abort(link::AbortReason::client_gone);
  EXPECT_THAT(take_back(), ElementsAre("/first", "/stays"));
  read_all();
  EXPECT_THAT(reading_.frames, IsEmpty());
}

TEST_F(TakeBackTest, OneThatIsTakenBackCanBeAborted) {
  Requester& gone = ask("/gone");
  take_back();
  gone.invocation.abort(link::AbortReason::client_gone);
  EXPECT_FALSE(gone.invocation.active());
  read_all();
  EXPECT_THAT(reading_.frames, IsEmpty());
}

TEST_F(TakeBackTest, PingsStay) {
  ask("/a");
  session_->ping(net::Clock::now(), false);
  ask("/b");
  EXPECT_THAT(take_back(), ElementsAre("/a", "/b"));
  read_all();
  ASSERT_EQ(reading_.frames.size(), 1U);
  EXPECT_EQ(reading_.frames.front().kind, Kind::ping);
}

TEST_F(TakeBackTest, AnInvocationIsTakenBackOnlySoOften) {
  ask("/a");
  for (int time = 0; time < WorkerStreams::kMostTimes; ++time) {
    EXPECT_THAT(take_back(), ElementsAre("/a"));
    reopen_all();
  }
  EXPECT_EQ(session_->streams().unread(), nullptr);
  EXPECT_THAT(take_back(), IsEmpty());
  ask("/b");
  EXPECT_THAT(take_back(), ElementsAre("/b"));
  read_all();
  EXPECT_THAT(reading_.targets(), ElementsAre("/a"));
}

TEST_F(TakeBackTest, OneOfWhichTheWorkerSpeaksStays) {
  Requester& granted = ask("/granted", true);
  granted.invocation.send_body(std::string(protocol::kInitialCredit, 'x'), false);
  ask("/b");
  turn();
  // It has read nothing, but grants credit.
  std::string frame;
  link::append_credit(frame, 1, protocol::kInitialCredit);
  ASSERT_EQ(::send(worker_.get(), frame.data(), frame.size(), 0),
            static_cast<ssize_t>(frame.size()));
  turn();
  granted.invocation.send_body(std::string(protocol::kInitialCredit, 'y'), true);
  EXPECT_THAT(take_back(), ElementsAre("/b"));
  read_all();
  EXPECT_THAT(reading_.targets(), ElementsAre("/granted"));
  EXPECT_EQ(reading_.body(1).size(), 2 * protocol::kInitialCredit);
}

TEST_F(TakeBackTest, AWorkerThatReadsMeanwhileGetsEachInvocationOnceOrNotAtAll) {
  // Blocking, so that the thread waits in read().
  ::fcntl(worker_.get(), F_SETFL, 0);
  std::map<std::string, int> runs;
  bool frames = true;
  std::atomic<bool> done = false;
  // It reads until a ping, which is the last frame.
  std::thread worker([&] {
    Reading reading;
    std::array<char, 700> bytes{};
    while (!done) {
      const ssize_t got = ::read(worker_.get(), bytes.data(), bytes.size());
      frames = frames && got > 0 &&
               reading.take({bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))});
      for (const std::string& target : reading.targets()) ++runs[target];
      const bool pinged = std::any_of(reading.frames.begin(), reading.frames.end(),
                                      [](const auto& read) { return read.kind == Kind::ping; });
      reading.frames.clear();
      if (pinged || !frames) done = true;
    }
  });
  std::mt19937 random(1);
  constexpr int kRequests = 5000;
  std::vector<std::string> targets;
  for (int i = 0; i < kRequests; ++i) targets.push_back("/" + std::to_string(i));
  std::size_t times = 0;
  for (int sent = 0; sent < kRequests;) {
    for (auto left = random() % 20; left > 0 && sent < kRequests; --left) {
      const bool has_body = random() % 4 == 0;
      Requester& one = ask(targets[static_cast<std::size_t>(sent++)], has_body);
      if (has_body) one.invocation.send_body(std::string(random() % 3000, 'x'), true);
    }
    loop_.post([this] { loop_.stop(); });
    loop_.run();
    if (random() % 2 == 0) {
      take_back();
      times += taken_.size();
      reopen_all();
    }
  }
  session_->ping(net::Clock::now(), false);
  while (!done) turn();
  worker.join();
  EXPECT_TRUE(frames);
  EXPECT_EQ(runs.size(), static_cast<std::size_t>(kRequests));
  EXPECT_TRUE(
      std::all_of(runs.begin(), runs.end(), [](const auto& run) { return run.second == 1; }));
  EXPECT_GT(times, 0U);
}

class TakeBackPoolTest : public PoolFixture {
 protected:
  /// Opens a pool with `count` workers, all ready, that respond with their ids; returns these.
  std::vector<pid_t> open_workers(std::size_t count) {
    PoolOptions options;
    options.min = options.max = count;
    options.metrics = metrics_;
    open(Behaviour::respond_with_pid, options);
    run_until([&] { return pool_->ready_workers() == count; });
    std::vector<pid_t> pids;
    for (const WorkerReport& one : pool_->report().workers) pids.push_back(one.pid);
    return pids;
  }

  static void stop(pid_t pid) {
    ::kill(pid, SIGSTOP);
    siginfo_t stopped{};
    ::waitid(P_PID, static_cast<id_t>(pid), &stopped, WSTOPPED | WNOWAIT);
  }

  /// Returns which workers have responded, and how often.
  [[nodiscard]] std::map<std::string, int> responses() const {
    std::map<std::string, int> by_worker;
    for (const Requester& requester : requesters_) {
      EXPECT_EQ(requester.failed, std::nullopt);
      ++by_worker[requester.body];
    }
    return by_worker;
  }

  std::shared_ptr<metrics::PoolMetrics> metrics_ = std::make_shared<metrics::PoolMetrics>();
};

TEST_F(TakeBackPoolTest, AWorkerThatDoesNotTurnGivesBackWhatItHasNotRead) {
  const std::vector<pid_t> pids = open_workers(2);
  stop(pids[0]);
  for (int i = 0; i < 8; ++i) request("/");
  run_until_all_are_over();
  EXPECT_THAT(responses(), ElementsAre(testing::Pair(std::to_string(pids[1]), 8)));
  EXPECT_GT(metrics_->taken_back(), 0U);
  // It goes on with its link as if nothing had happened.
  ::kill(pids[0], SIGCONT);
  stop(pids[1]);
  requesters_.clear();
  for (int i = 0; i < 8; ++i) request("/");
  run_until_all_are_over();
  EXPECT_THAT(responses(), ElementsAre(testing::Pair(std::to_string(pids[0]), 8)));
  ::kill(pids[1], SIGCONT);
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(TakeBackPoolTest, AWorkerThatEndsGivesBackWhatItHasNotRead) {
  const std::vector<pid_t> pids = open_workers(1);
  stop(pids[0]);
  for (int i = 0; i < 8; ++i) {
    request("/", [](Requester& made) {
      made.invocation.has_body = true;
      made.on_room = [&made] { made.invocation.send_body("body", true); };
    });
    if (requesters_.back().on_room) requesters_.back().on_room();
  }
  run_some_turns();
  EXPECT_FALSE(requesters_.front().over);
  ::kill(pids[0], SIGKILL);
  run_until_all_are_over();
  EXPECT_EQ(responses().size(), 1U);
  EXPECT_EQ(responses().begin()->first.find(std::to_string(pids[0])), std::string::npos);
  EXPECT_EQ(metrics_->taken_back(), 8U);
}

TEST_F(TakeBackPoolTest, WhatTheQueueHasNoRoomForFails) {
  PoolOptions options;
  options.queue = 2;
  options.metrics = metrics_;
  open(Behaviour::respond_with_pid, options);
  run_until([&] { return pool_->ready_workers() == 1; });
  const pid_t pid = worker().pid;
  stop(pid);
  for (int i = 0; i < 8; ++i) request("/");
  run_some_turns();
  ::kill(pid, SIGKILL);
  run_until_all_are_over();
  for (std::size_t i = 0; i < requesters_.size(); ++i) {
    EXPECT_EQ(requesters_[i].failed, i < 2 ? std::nullopt : std::optional(Failure::unavailable));
  }
  EXPECT_EQ(metrics_->refusals(metrics::Refusal::queue_full), 6U);
}

TEST_F(TakeBackPoolTest, WithoutAnotherWorkerTheyStay) {
  const std::vector<pid_t> pids = open_workers(1);
  stop(pids[0]);
  for (int i = 0; i < 8; ++i) request("/");
  run_some_turns();
  ::kill(pids[0], SIGCONT);
  run_until_all_are_over();
  EXPECT_THAT(responses(), ElementsAre(testing::Pair(std::to_string(pids[0]), 8)));
  EXPECT_EQ(metrics_->taken_back(), 0U);
}

}  // namespace
}  // namespace millrace::workers
