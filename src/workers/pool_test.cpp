// The pool against real child processes: this test program itself, started again as a worker that
// speaks just enough of the link, or breaks it.
#include "workers/pool.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "link/frame_encoder.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"

namespace millrace::workers {

namespace {

constexpr const char* kBehaviour = "MILLRACE_TEST_WORKER";
constexpr int kLink = 3;

void write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(kLink, bytes.data(), bytes.size());
    if (written <= 0) ::_exit(0);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void send(link::Kind kind, std::uint64_t stream, std::string_view payload, bool end = false) {
  std::string frame;
  link::append_frame(frame, kind, stream, payload, end);
  write_all(frame);
}

/// A response payload: status, no reason, no fields, the body.
std::string response(std::uint16_t status, std::string_view fields, std::string_view body) {
  std::string payload(8, '\0');
  std::memcpy(payload.data(), &status, sizeof status);
  const auto length = static_cast<std::uint32_t>(fields.size());
  std::memcpy(payload.data() + 4, &length, sizeof length);
  return payload + std::string(fields) + std::string(body);
}

void use_cpu(std::chrono::milliseconds time) {
  const std::clock_t end =
      std::clock() + static_cast<std::clock_t>(time.count() * CLOCKS_PER_SEC / 1000);
  while (std::clock() < end) {
  }
}

void answer_invoke(const std::string& behaviour, const link::Frame& frame) {
  if (behaviour == "die-on-invoke") ::_exit(3);
  if (behaviour == "bad-fields") {
    return send(link::Kind::response, frame.stream, response(200, "a: b\nc: d\r\n", "x"), true);
  }
  if (behaviour == "bad-reason") {
    std::string payload = response(200, "O\r\nX: y", "");
    std::swap_ranges(payload.data() + 2, payload.data() + 4, payload.data() + 4);
    return send(link::Kind::response, frame.stream, payload, true);
  }
  if (behaviour == "too-much") {
    const std::string much(protocol::kInitialCredit + 1, 'x');
    return send(link::Kind::response, frame.stream, response(200, "", much), false);
  }
  if (behaviour == "unknown-stream") return send(link::Kind::body, 77, "x", true);
  if (behaviour == "server-frame") return send(link::Kind::invoke, frame.stream, "x", true);
  if (behaviour == "garbage") return write_all(std::string(64, '\xff'));
  if (behaviour == "abort") return send(link::Kind::abort, frame.stream, std::string(1, '\4'));
  if (behaviour == "silent") return;
  if (behaviour == "block") {
    for (;;) ::pause();
  }
  if (behaviour == "spin") {
    const volatile bool on = true;
    while (on) {
    }
  }
  if (behaviour == "load-modules") {
    send(link::Kind::loading, 0, std::string_view("\1", 1));
    use_cpu(std::chrono::milliseconds(300));
    send(link::Kind::loading, 0, std::string_view("\0", 1));
  }
  if (behaviour == "chatter") {
    // As a worker of which one thread is held and another is not.
    for (;; ::usleep(1000)) send(link::Kind::log, 0, "\2still here");
  }
  if (behaviour == "grow") {
    // Never given back: the process holds it.
    static std::vector<std::vector<char>> held;
    held.emplace_back(std::size_t{64} << 20U, 'x');
    return;
  }
  if (behaviour == "ask-cache") {
    send(link::Kind::cache, 0, "{first half,");
    return send(link::Kind::cache, 0, "second half}", true);
  }
  if (behaviour == "ask-cache-on-stream") {
    return send(link::Kind::cache, frame.stream, "{}", true);
  }
  const auto invoke = link::decode_invoke(frame.payload);
  if (behaviour == "tell-pid") {
    // A target is a pipe that nobody writes to until the test does: as `execSync` it holds the worker.
    if (invoke && invoke->target != "/") {
      static_cast<void>(::open(std::string(invoke->target).c_str(), O_RDONLY | O_CLOEXEC));
    }
    return send(link::Kind::response, frame.stream, response(200, "", std::to_string(::getpid())),
                true);
  }
  send(link::Kind::response, frame.stream,
       response(200, "x: y\r\n", invoke ? invoke->target : "undecodable"), true);
}

/// The worker's whole life.
[[noreturn]] void be_worker(const std::string& behaviour) {
  if (behaviour == "never-starts") ::_exit(1);
  if (behaviour == "starts-late") ::usleep(1'200'000);
  send(link::Kind::hello, 0, R"({"protocol":2,"role":"node","pid":1,"version":"test"})");
  std::string buffered;
  std::string cached;
  std::array<char, 65536> chunk{};
  for (;;) {
    const ssize_t got = ::read(kLink, chunk.data(), chunk.size());
    if (got <= 0) ::_exit(0);
    buffered.append(chunk.data(), static_cast<std::size_t>(got));
    for (;;) {
      const link::Decoded decoded = link::decode_frame(buffered);
      if (decoded.status != link::DecodeStatus::frame) break;
      if (decoded.frame.kind == link::Kind::load) {
        const std::size_t at = decoded.frame.payload.find("\"generation\":");
        const int generation = std::atoi(decoded.frame.payload.data() + at + 13);
        send(link::Kind::ready, 0, "{\"generation\":" + std::to_string(generation) + "}");
      }
      if (decoded.frame.kind == link::Kind::ping) {
        if ((decoded.frame.flags & protocol::kFlagSample) != 0) {
          send(link::Kind::stats, 0, R"({"rss":1,"heap_used":2,"utilization":0.5})");
        }
        send(link::Kind::pong, 0, decoded.frame.payload);
      }
      if (decoded.frame.kind == link::Kind::invoke) answer_invoke(behaviour, decoded.frame);
      if (decoded.frame.kind == link::Kind::cached) {
        cached += decoded.frame.payload;
        if (decoded.frame.end()) {
          send(link::Kind::response, 1, response(200, "", std::to_string(cached.size())), true);
        }
      }
      if (decoded.frame.kind == link::Kind::drain) ::_exit(0);
      buffered.erase(0, decoded.consumed);
    }
  }
}

/// Runs before main: a process that was started as a worker never becomes a test run.
const bool kIsTestRun = [] {
  if (const char* behaviour = std::getenv(kBehaviour)) be_worker(behaviour);
  return true;
}();

class Requester final : public Invocation::Observer {
 public:
  explicit Requester(std::function<void()> on_over) : on_over_(std::move(on_over)) {}

  void on_response(const link::ResponseView& response, bool end) override {
    status = response.status;
    body = response.body;
    if (end) on_over_();
  }
  void on_body(std::string_view bytes, bool end) override {
    body += bytes;
    if (end) on_over_();
  }
  void on_writable() override {}
  void on_failed(Failure failure) override {
    failed = failure;
    on_over_();
  }

  std::uint16_t status = 0;
  std::string body;
  std::optional<Failure> failed;
  Invocation invocation{*this};

 private:
  std::function<void()> on_over_;
};

class PoolTest : public testing::Test, protected Pool::Observer {
 protected:
  void open(const std::string& behaviour, std::size_t workers = 1) {
    PoolOptions options;
    options.min = workers;
    options.max = workers;
    open(behaviour, options);
  }

  void open(const std::string& behaviour, PoolOptions options) {
    ASSERT_TRUE(kIsTestRun);
    Launch launch;
    launch.program = std::filesystem::read_symlink("/proc/self/exe").string();
    launch.environment = {std::string(kBehaviour) + "=" + behaviour};
    launch.working_directory = "/";
    options.supervisor.first_backoff = std::chrono::milliseconds(1);
    pool_.emplace(loop_, kNodeWorker, launch, options, static_cast<Pool::Observer&>(*this));
    pool_->start({.generation = 1,
                  .manifest = "/m",
                  .root = "/",
                  .mode = "production",
                  .environment_json = {},
                  .eager = false,
                  .routes = std::make_shared<std::vector<RouteInfo>>(routes_)});
  }

  Requester& request(std::string_view target) {
    Requester& requester = requesters_.emplace_back([this] {
      if (++over_ == expected_) loop_.stop();
    });
    requester.invocation.request.generation = 1;
    requester.invocation.request.method = "GET";
    requester.invocation.request.target = target;
    EXPECT_NE(pool_->dispatch(requester.invocation), Dispatch::refused);
    return requester;
  }

  void run_until_over(std::size_t count) {
    expected_ = count;
    if (over_ < expected_) loop_.run();
  }

  void run_until_logged(const std::string& text) {
    const auto logged = [&] {
      return std::any_of(log_.begin(), log_.end(), [&](const std::string& line) {
        return line.find(text) != std::string::npos;
      });
    };
    net::Timer look(loop_, [&] {
      if (logged()) return loop_.stop();
      look.set_after(std::chrono::milliseconds(1));
    });
    look.set_after(std::chrono::milliseconds(0));
    loop_.run();
  }

  /// One request to a worker of that behaviour; how it ended.
  std::optional<Failure> failure_with(const std::string& behaviour) {
    open(behaviour);
    Requester& requester = request("/");
    run_until_over(1);
    return requester.failed;
  }

  void on_generation_ready(Pool& /*pool*/, std::uint32_t generation) override {
    ready_ = generation;
  }
  void on_generation_failed(Pool& /*pool*/, std::uint32_t generation,
                            std::string_view error) override {
    failed_generations_.push_back(std::to_string(generation) + ": " + std::string(error));
  }
  void on_pool_log(link::LogLevel /*level*/, std::string_view text) override {
    log_.emplace_back(text);
  }
  bool on_cache_request(Pool& /*pool*/, std::string_view request, CacheReply reply) override {
    cache_requests_.emplace_back(request);
    if (cache_answer_) reply(*cache_answer_);
    return cache_answer_.has_value();
  }
  void on_pool_drained(Pool& /*pool*/) override { loop_.stop(); }

  net::EventLoop loop_;
  std::vector<RouteInfo> routes_{{.path = "/api/a"}, {.path = "/api/b"}};
  std::vector<std::string> log_;
  std::vector<std::string> cache_requests_;
  std::optional<std::string> cache_answer_;
  std::vector<std::string> failed_generations_;
  std::uint32_t ready_ = 0;
  std::size_t over_ = 0;
  std::size_t expected_ = 0;
  std::optional<Pool> pool_;
  std::deque<Requester> requesters_;
};

TEST_F(PoolTest, RequestsWaitForAWorkerAndAreAnswered) {
  open("answer", 2);
  std::vector<Requester*> requesters;
  for (int i = 0; i < 100; ++i) requesters.push_back(&request("/some/target"));
  run_until_over(100);
  for (const Requester* requester : requesters) {
    EXPECT_EQ(requester->status, 200);
    EXPECT_EQ(requester->body, "/some/target");
  }
}

TEST_F(PoolTest, AWorkerThatDiesFailsItsRequestsAndIsReplaced) {
  EXPECT_EQ(failure_with("die-on-invoke"), Failure::worker_died);
  // The next one waits for the successor, and meets the same end.
  EXPECT_EQ(request("/").invocation.active(), true);
  run_until_over(2);
  EXPECT_EQ(requesters_.back().failed, Failure::worker_died);
  EXPECT_THAT(log_, testing::Contains(testing::HasSubstr("exit code 3")));
}

TEST_F(PoolTest, HostileFramesCostTheWorkerItsLife) {
  for (const char* behaviour : {"bad-fields", "bad-reason", "too-much", "unknown-stream",
                                "server-frame", "garbage", "ask-cache-on-stream"}) {
    SCOPED_TRACE(behaviour);
    over_ = 0;
    log_.clear();
    EXPECT_EQ(failure_with(behaviour), Failure::worker_died);
    pool_.reset();
    requesters_.clear();
  }
}

TEST_F(PoolTest, AWorkerAsksTheDataCacheInAsManyFramesAsItTakes) {
  open("ask-cache");
  cache_answer_ = std::string(2 * protocol::kMaxPayload + 5, 'v');
  const Requester& requester = request("/");
  run_until_over(1);
  EXPECT_THAT(cache_requests_, testing::ElementsAre("{first half,second half}"));
  EXPECT_EQ(requester.body, std::to_string(cache_answer_->size()));
}

TEST_F(PoolTest, WhatIsNoQuestionToTheDataCacheCostsTheWorkerItsLife) {
  // The observer here answers nothing.
  EXPECT_EQ(failure_with("ask-cache"), Failure::worker_died);
  EXPECT_EQ(cache_requests_.size(), 1U);
}

TEST_F(PoolTest, AHandlerMayGiveUp) { EXPECT_EQ(failure_with("abort"), Failure::handler_failed); }

TEST_F(PoolTest, RefusesWhereNoWorkerEverStarts) {
  EXPECT_EQ(failure_with("never-starts"), Failure::unavailable);
  Requester late([] {});
  EXPECT_EQ(pool_->dispatch(late.invocation), Dispatch::refused);
  EXPECT_THAT(failed_generations_,
              testing::ElementsAre("1: its workers end before they are ready: exit code 1"));
}

TEST_F(PoolTest, WhileTheOnlyWorkerStartsRequestsWaitLonger) {
  PoolOptions options;
  options.queue_timeout = std::chrono::milliseconds(1'000);
  open("starts-late", options);
  Requester& requester = request("/");
  run_until_over(1);
  EXPECT_EQ(requester.status, 200);
}

TEST_F(PoolTest, AnAbortedRequestHearsNothingMore) {
  open("silent");
  {
    Requester& gone = request("/");
    gone.invocation.abort(link::AbortReason::client_gone);
    EXPECT_FALSE(gone.invocation.active());
  }
  net::Timer soon(loop_, [this] { pool_->drain(); });
  soon.set_after(std::chrono::milliseconds(0));
  loop_.run();
  EXPECT_EQ(over_, 0U);
}

TEST_F(PoolTest, DrainingFailsTheQueueAndEndsTheWorkers) {
  open("answer");
  request("/");
  pool_->drain();
  loop_.run();
  EXPECT_EQ(requesters_.front().failed, Failure::unavailable);
  EXPECT_EQ(pool_->ready_workers(), 0U);
}

TEST_F(PoolTest, ReloadsInTheSameProcess) {
  open("answer");
  request("/");
  run_until_over(1);
  pool_->load({.generation = 2,
               .manifest = "/m2",
               .root = "/",
               .mode = "production",
               .environment_json = R"({"A":"b","C":null})",
               .eager = false,
               .routes = std::make_shared<std::vector<RouteInfo>>(routes_)});
  Requester& second = requesters_.emplace_back([this] { loop_.stop(); });
  second.invocation.request.generation = 2;
  second.invocation.request.target = "/two";
  ASSERT_EQ(pool_->dispatch(second.invocation), Dispatch::queued);
  loop_.run();
  EXPECT_EQ(second.body, "/two");
  EXPECT_EQ(ready_, 2U);
  EXPECT_THAT(log_, testing::IsEmpty());
}

TEST_F(PoolTest, ADeathIsOneLineThatNamesCauseRouteAndRequest) {
  EXPECT_EQ(failure_with("die-on-invoke"), Failure::worker_died);
  run_until_logged("ended");
  EXPECT_THAT(log_, testing::Contains(testing::ContainsRegex(
                        "^worker ([0-9]+) ended: exit code 3; at hand: /api/a \\(request "
                        "[0-9]+-1\\); starting another$")));
}

TEST_F(PoolTest, ARouteThatRunsTooLongEndsWithItsDeadlineAndTheWorkerLives) {
  routes_[0].max_duration = std::chrono::milliseconds(1);
  EXPECT_EQ(failure_with("silent"), Failure::deadline);
  EXPECT_THAT(log_, testing::IsEmpty());
  EXPECT_EQ(pool_->ready_workers(), 1U);
}

TEST_F(PoolTest, ARouteThatHoldsItsWorkerPastItsDeadlineIsNamedWhenThatIsKilled) {
  routes_[0].max_duration = std::chrono::milliseconds(1);
  PoolOptions options;
  options.blocked = std::chrono::milliseconds(20);
  open("block", options);
  Requester& requester = request("/");
  run_until_over(1);
  EXPECT_EQ(requester.failed, Failure::deadline);
  run_until_logged("(limit 0.1 s); at hand: /api/a (request");
}

TEST_F(PoolTest, OtherThreadsThatAnswerAreNoSignOfTheOneThatIsHeld) {
  routes_[0].max_duration = std::chrono::milliseconds(1);
  PoolOptions options;
  options.blocked = std::chrono::milliseconds(20);
  open("chatter", options);
  Requester& requester = request("/");
  run_until_over(1);
  EXPECT_EQ(requester.failed, Failure::deadline);
  run_until_logged("killed: blocked");
}

TEST_F(PoolTest, AWorkerWhoseLoopDoesNotTurnIsReplacedForItsCpuTimeAndOnlyItsRequestsFail) {
  PoolOptions options;
  options.blocked = std::chrono::milliseconds(100);
  open("spin", options);
  Requester& requester = request("/");
  run_until_over(1);
  EXPECT_EQ(requester.failed, Failure::worker_died);
  run_until_logged("ended: killed: blocked");
  // It was the only one.
  ASSERT_EQ(log_.size(), 2U);
  EXPECT_THAT(log_[0], testing::ContainsRegex(
                           "is being replaced: blocked: its event loop did not turn while it used "
                           "[0-9.]+ s of CPU \\(limit 0.1 s\\); no other serves"));
}

TEST_F(PoolTest, AWorkerThatSleepsAndDoesNotAnswerIsReplacedAfterALongerTime) {
  PoolOptions options;
  options.blocked = std::chrono::milliseconds(20);
  open("block", options);
  Requester& requester = request("/");
  run_until_over(1);
  EXPECT_EQ(requester.failed, Failure::worker_died);
  run_until_logged("ended: killed: blocked");
  EXPECT_THAT(log_[0], testing::ContainsRegex(
                           "did not turn while it did nothing for [0-9.]+ s \\(limit 0.1 s\\)"));
}

TEST_F(PoolTest, LoadingModulesHasALimitOfItsOwn) {
  PoolOptions options;
  options.blocked = std::chrono::milliseconds(20);
  // So that it is asked in time whether its loop turns.
  options.idle = std::chrono::milliseconds(200);
  open("load-modules", options);
  Requester& requester = request("/");
  run_until_over(1);
  EXPECT_EQ(requester.status, 200);
  EXPECT_THAT(log_, testing::IsEmpty());
}

TEST_F(PoolTest, AWorkerThatIsNotReadyInTimeIsKilledAndTheNextGetsMoreTime) {
  PoolOptions options;
  options.start_timeout = std::chrono::milliseconds(40);
  open("starts-late", options);
  Requester& requester = request("/");
  run_until_over(1);
  // It sleeps for longer than 40 ms six times, but not than eight times as much.
  EXPECT_EQ(requester.status, 200);
  EXPECT_THAT(log_, testing::Contains(testing::HasSubstr("killed: not ready in time: it ")));
}

TEST_F(PoolTest, ABlockedWorkerGetsNothingNewAndTheQueueHasADeadline) {
  PoolOptions options;
  options.queue_timeout = std::chrono::milliseconds(60);
  open("block", options);
  net::Timer look(loop_, [this, &look] {
    if (pool_->ready_workers() == 1) return loop_.stop();
    look.set_after(std::chrono::milliseconds(1));
  });
  look.set_after(std::chrono::milliseconds(0));
  loop_.run();
  Requester& first = request("/");
  // Once the worker is known not to answer, who comes waits, and not for ever.
  net::Timer more(loop_, [this, &more] {
    const bool inside = request("/").invocation.body_credit() > 0;
    if (inside) more.set_after(std::chrono::milliseconds(5));
  });
  more.set_after(std::chrono::milliseconds(5));
  run_until_over(1);
  EXPECT_TRUE(first.invocation.active());
  EXPECT_EQ(requesters_.back().failed, Failure::unavailable);
}

TEST_F(PoolTest, TheQueueHasABound) {
  PoolOptions options;
  options.queue = 1;
  options.concurrency = 1;
  open("silent", options);
  request("/");
  Requester refused([] {});
  EXPECT_EQ(pool_->dispatch(refused.invocation), Dispatch::refused);
  // Who leaves makes room.
  requesters_.front().invocation.abort(link::AbortReason::client_gone);
  EXPECT_EQ(pool_->dispatch(refused.invocation), Dispatch::queued);
}

TEST_F(PoolTest, StartsNoWorkerBeforeTheFirstRequestWhereTheLeastIsNone) {
  PoolOptions options;
  options.min = 0;
  open("answer", options);
  net::Timer soon(loop_, [this] {
    EXPECT_TRUE(pool_->report().workers.empty());
    request("/");
  });
  soon.set_after(std::chrono::milliseconds(0));
  run_until_over(1);
  EXPECT_EQ(requesters_.front().status, 200);
}

TEST_F(PoolTest, StartsMoreWorkersWhereRequestsWait) {
  PoolOptions options;
  options.max = 3;
  options.target_wait = std::chrono::milliseconds(1);
  options.concurrency = 1;
  open("silent", options);
  for (int i = 0; i < 4; ++i) request("/");
  net::Timer look(loop_, [this, &look] {
    if (pool_->ready_workers() == 3 && pool_->report().queued == 1) return loop_.stop();
    look.set_after(std::chrono::milliseconds(1));
  });
  look.set_after(std::chrono::milliseconds(1));
  loop_.run();
  EXPECT_EQ(pool_->report().workers.size(), 3U);
}

TEST_F(PoolTest, WhereOneServesAnotherStandsInOnlyWhileItIsHeld) {
  const std::string pipe = testing::TempDir() + "pool_held_" + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  PoolOptions options;
  options.serving = Serving::one;
  options.held = std::chrono::milliseconds(50);
  open("tell-pid", options);
  const Requester& before = request("/");
  run_until_over(1);
  const Requester& held = request(pipe);
  const auto another_answers = [&] {
    return std::any_of(requesters_.begin(), requesters_.end(), [&](const Requester& requester) {
      return !requester.body.empty() && requester.body != before.body;
    });
  };
  // The first of them may still go to the one that is held, and wait with it.
  net::Timer ask(loop_, [&] {
    if (another_answers()) return loop_.stop();
    request("/");
    ask.set_after(std::chrono::milliseconds(5));
  });
  ask.set_after(std::chrono::milliseconds(0));
  expected_ = 0;
  loop_.run();
  EXPECT_TRUE(held.body.empty()) << "it is not killed for it";
  const base::UniqueFd release(::open(pipe.c_str(), O_WRONLY | O_CLOEXEC));
  ::unlink(pipe.c_str());
  run_until_over(requesters_.size());
  EXPECT_EQ(held.body, before.body);
  for (std::size_t i = 0; i < 20; ++i) {
    const Requester& after = request("/");
    run_until_over(requesters_.size());
    EXPECT_EQ(after.body, before.body);
  }
  EXPECT_EQ(pool_->ready_workers(), 1U) << "who stood in has left";
}

TEST_F(PoolTest, ARouteThatEndsItsWorkersPauses) {
  open("die-on-invoke");
  for (std::size_t i = 0; i < Quarantine::kStrikes; ++i) {
    request("/");
    run_until_over(i + 1);
  }
  run_until_logged("/api/a pauses");
  Requester paused([] {});
  EXPECT_EQ(pool_->dispatch(paused.invocation), Dispatch::paused);
  Requester other([] {});
  other.invocation.request.route = 1;
  other.invocation.request.generation = 1;
  EXPECT_NE(pool_->dispatch(other.invocation), Dispatch::paused);
}

TEST_F(PoolTest, AWorkerPastItsMemoryIsReplacedAndServesMeanwhile) {
  PoolOptions options;
  options.memory = std::uint64_t{48} << 20U;
  open("grow", options);
  request("/");
  net::Timer look(loop_, [this, &look] {
    const auto workers = pool_->report().workers;
    if (workers.size() == 2 && workers[0].state == WorkerState::draining) return loop_.stop();
    look.set_after(std::chrono::milliseconds(1));
  });
  look.set_after(std::chrono::milliseconds(1));
  loop_.run();
  EXPECT_TRUE(requesters_.front().invocation.active());
  EXPECT_THAT(log_, testing::ElementsAre(testing::HasSubstr("is being replaced")));
}

TEST_F(PoolTest, AWorkerPastItsHardLimitIsKilled) {
  PoolOptions options;
  options.memory_hard = std::uint64_t{48} << 20U;
  open("grow", options);
  Requester& requester = request("/");
  run_until_over(1);
  EXPECT_EQ(requester.failed, Failure::worker_died);
  run_until_logged("killed: memory limit");
}

}  // namespace
}  // namespace millrace::workers
