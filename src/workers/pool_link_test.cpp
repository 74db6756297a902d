// What a pool does with its workers' links, against real child processes: stream numbers near their
// ends, streaming responses, and what waits for a worker that does not read. This test program itself,
// started again, is the worker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "link/frame_encoder.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"
#include "workers/channel.hpp"
#include "workers/pool.hpp"

namespace millrace::workers {

namespace {

constexpr const char* kBehaviour = "MILLRACE_TEST_LINK_WORKER";
constexpr int kLink = 3;
/// Questions of a worker that asks often.
constexpr int kQuestions = 300;

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

void answer(std::uint64_t stream, std::string_view body, bool end = true) {
  std::string frame;
  link::append_response(frame, stream,
                        {.status = 200, .reason = {}, .fields = "x: y\r\n", .body = body}, end);
  write_all(frame);
}

class Worker {
 public:
  explicit Worker(std::string behaviour) : behaviour_(std::move(behaviour)) {}

  void take(const link::Frame& frame) {
    switch (frame.kind) {
      case link::Kind::load:
        return send(link::Kind::ready, 0, R"({"generation":1})");
      case link::Kind::ping:
        if ((frame.flags & protocol::kFlagSample) != 0) send(link::Kind::stats, 0, sample());
        return send(link::Kind::pong, 0, frame.payload);
      case link::Kind::invoke:
        return invoke(frame);
      case link::Kind::body:
        if (frame.end() && behaviour_ != "stream") answer(frame.stream, "whole");
        return;
      case link::Kind::cached:
        if (frame.end() && ++answers_ == kQuestions) answer(1, "all answered");
        return;
      case link::Kind::drain:
        ::_exit(0);
      default:
        return;
    }
  }

 private:
  void invoke(const link::Frame& frame) {
    const auto view = link::decode_invoke(frame.payload);
    const std::string target(view ? view->target : "undecodable");
    if (behaviour_ == "stream" && target == "/stream") return answer(frame.stream, "begun", false);
    if (behaviour_.starts_with("ask-often")) {
      std::string questions;
      for (int i = 0; i < kQuestions; ++i) {
        link::append_frame(questions, link::Kind::cache, 0, "{}", true);
      }
      write_all(questions);
      while (behaviour_ == "ask-often-unheard") ::pause();
      return;
    }
    while (behaviour_ == "block") ::pause();
    // Reads on when what it is sent has been standing for a while.
    if (behaviour_ == "nap" && std::exchange(fresh_, false)) ::usleep(20'000);
    if (behaviour_ != "nap") answer(frame.stream, target);
  }

  [[nodiscard]] std::string sample() const {
    return behaviour_ == "lies-in-samples"
               ? R"({"rss":1,"routes":[[1,0,1,1],[1,1,1,1],[1,1,1,1],[1,2,1,1],[1,4294967295,1,1]]})"
               : R"({"rss":1})";
  }

  std::string behaviour_;
  int answers_ = 0;
  bool fresh_ = true;
};

/// The worker's whole life.
[[noreturn]] void be_worker(const std::string& behaviour) {
  send(link::Kind::hello, 0, R"({"protocol":2,"role":"node","pid":1,"version":"test"})");
  Worker worker(behaviour);
  std::string buffered;
  std::array<char, 65536> chunk{};
  for (;;) {
    const ssize_t got = ::read(kLink, chunk.data(), chunk.size());
    if (got <= 0) ::_exit(0);
    buffered.append(chunk.data(), static_cast<std::size_t>(got));
    std::size_t used = 0;
    for (;;) {
      const auto decoded = link::decode_frame(std::string_view(buffered).substr(used));
      if (decoded.status != link::DecodeStatus::frame) break;
      worker.take(decoded.frame);
      used += decoded.consumed;
    }
    buffered.erase(0, used);
  }
}

/// Runs before main: a process that was started as a worker never becomes a test run.
const bool is_test_run = [] {
  if (const char* behaviour = std::getenv(kBehaviour)) be_worker(behaviour);
  return true;
}();

class Requester final : public Invocation::Observer {
 public:
  void on_response(const link::ResponseView& response, bool end) override {
    status = response.status;
    body = response.body;
    over = end;
  }
  void on_body(std::string_view bytes, bool end) override {
    body += bytes;
    over = end;
  }
  void on_writable() override {
    if (on_room) on_room();
  }
  void on_failed(Failure failure) override {
    failed = failure;
    over = true;
  }

  std::uint16_t status = 0;
  std::string body;
  std::optional<Failure> failed;
  bool over = false;
  std::function<void()> on_room;
  Invocation invocation{*this};
};

class PoolLinkTest : public testing::Test, protected Pool::Observer {
 protected:
  void open(const std::string& behaviour, PoolOptions options = {}) {
    ASSERT_TRUE(is_test_run);
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

  Requester& request(std::string_view target, const std::function<void(Requester&)>& prepare = {}) {
    Requester& requester = requesters_.emplace_back();
    requester.invocation.request.generation = 1;
    requester.invocation.request.method = "GET";
    requester.invocation.request.target = target;
    if (prepare) prepare(requester);
    EXPECT_NE(pool_->dispatch(requester.invocation), Dispatch::refused);
    return requester;
  }

  /// Runs until `holds` does.
  void run_until(const std::function<bool()>& holds) {
    net::Timer look(loop_, [&] {
      if (holds()) return loop_.stop();
      look.set_after(std::chrono::milliseconds(1));
    });
    look.set_after(std::chrono::milliseconds(0));
    loop_.run();
  }

  void run_until_all_are_over() {
    run_until([&] {
      return std::all_of(requesters_.begin(), requesters_.end(),
                         [](const Requester& requester) { return requester.over; });
    });
  }

  /// What is ready is done after these, and what it makes ready.
  void run_some_turns() {
    for (int turn = 0; turn < 100; ++turn) {
      loop_.post([this] { loop_.stop(); });
      loop_.run();
    }
  }

  /// One whose response begins and goes on; runs until it has begun or failed.
  Requester& begin_stream(const std::function<void(Requester&)>& prepare = {}) {
    Requester& requester = request("/stream", prepare);
    run_until([&] { return requester.status != 0 || requester.failed; });
    return requester;
  }

  /// The only worker.
  [[nodiscard]] WorkerReport worker() const {
    const std::vector<WorkerReport> all = pool_->report().workers;
    return all.empty() ? WorkerReport() : all.front();
  }

  void on_generation_ready(Pool& /*pool*/, std::uint32_t /*generation*/) override {}
  void on_generation_failed(Pool& /*pool*/, std::uint32_t /*generation*/,
                            std::string_view /*error*/) override {}
  void on_pool_log(link::LogLevel /*level*/, std::string_view text) override {
    log_.emplace_back(text);
  }
  bool on_cache_request(Pool& /*pool*/, std::string_view /*request*/, CacheReply reply) override {
    ++questions_;
    reply(cache_answer_);
    return true;
  }
  void on_pool_drained(Pool& /*pool*/) override {}

  net::EventLoop loop_;
  std::vector<RouteInfo> routes_{{.path = "/api/a"}, {.path = "/api/b"}};
  std::vector<std::string> log_;
  std::size_t questions_ = 0;
  std::string cache_answer_;
  std::optional<Pool> pool_;
  std::deque<Requester> requesters_;
};

TEST_F(PoolLinkTest, StreamNumbersPast32BitsAreAnsweredEach) {
  PoolOptions options;
  options.first_stream = 0xfffffff0;
  open("answer", options);
  std::vector<std::string> targets;
  targets.reserve(40);
  for (int i = 0; i < 40; ++i) targets.push_back("/" + std::to_string(i));
  for (const std::string& target : targets) request(target);
  run_until_all_are_over();
  for (std::size_t i = 0; i < targets.size(); ++i) {
    EXPECT_EQ(requesters_[i].failed, std::nullopt);
    EXPECT_EQ(requesters_[i].body, targets[i]);
  }
  EXPECT_EQ(worker().invocations, 40U);
  EXPECT_THAT(log_, testing::IsEmpty());
}

TEST_F(PoolLinkTest, AWorkerThatHasUsedUpItsStreamNumbersIsReplaced) {
  PoolOptions options;
  options.first_stream = protocol::kMaxStream - 2;
  options.idle = std::chrono::milliseconds(1);
  open("answer", options);
  for (int i = 0; i < 7; ++i) request("/");
  run_until_all_are_over();
  for (const Requester& requester : requesters_) EXPECT_EQ(requester.status, 200);
  EXPECT_THAT(log_, testing::Contains(testing::HasSubstr("the numbers of its streams")));
}

TEST_F(PoolLinkTest, StreamingResponsesAreCountedApartAndHaveABound) {
  PoolOptions options;
  options.concurrency = 1;
  options.streams = 2;
  open("stream", options);
  Requester& first = begin_stream();
  Requester& second = begin_stream();
  EXPECT_TRUE(first.invocation.active() && second.invocation.active());
  EXPECT_EQ(worker().in_flight, 2U);
  EXPECT_EQ(worker().streaming, 2U);
  Requester& third = begin_stream();
  EXPECT_EQ(third.failed, Failure::unavailable);
  EXPECT_EQ(third.status, 0);
  request("/");
  run_until([&] { return requesters_.back().over; });
  EXPECT_EQ(requesters_.back().status, 200);
  first.invocation.abort(link::AbortReason::client_gone);
  EXPECT_EQ(worker().streaming, 1U);
  EXPECT_EQ(begin_stream().failed, std::nullopt);
  EXPECT_EQ(worker().streaming, 2U);
}

TEST_F(PoolLinkTest, AResponseIsStreamingOnceItsRequestHasEnded) {
  PoolOptions options;
  options.concurrency = 1;
  open("stream", options);
  Requester& upload = begin_stream([](Requester& made) { made.invocation.has_body = true; });
  EXPECT_EQ(worker().streaming, 0U);
  Requester& waiting = request("/");
  EXPECT_EQ(pool_->report().queued, 1U);
  upload.invocation.send_body("the rest", true);
  EXPECT_EQ(worker().streaming, 1U);
  run_until([&] { return waiting.status == 200; });
}

TEST_F(PoolLinkTest, CacheAnswersThatAWorkerDoesNotReadAreNotMadeForEver) {
  PoolOptions options;
  options.blocked = std::chrono::milliseconds(0);
  open("ask-often-unheard", options);
  cache_answer_ = std::string(std::size_t{1024} * 1024, 'v');
  request("/");
  run_until([&] { return questions_ > 0; });
  // All of its questions have come with the first: it sends them in one write.
  run_some_turns();
  EXPECT_LE(questions_ * cache_answer_.size(), Channel::kUnanswered + 2 * cache_answer_.size());
}

TEST_F(PoolLinkTest, AWorkerWhoseFramesAreHeldBackIsTakenForBlockedAllTheSame) {
  PoolOptions options;
  options.blocked = std::chrono::milliseconds(50);
  open("ask-often-unheard", options);
  cache_answer_ = std::string(std::size_t{1024} * 1024, 'v');
  request("/");
  run_until_all_are_over();
  EXPECT_THAT(log_, testing::Contains(testing::HasSubstr("blocked")));
}

TEST_F(PoolLinkTest, AWorkerThatReadsItsCacheAnswersGetsThemAll) {
  open("ask-often");
  cache_answer_ = std::string(std::size_t{256} * 1024, 'v');
  const Requester& requester = request("/");
  run_until_all_are_over();
  EXPECT_EQ(requester.status, 200);
  EXPECT_EQ(questions_, static_cast<std::size_t>(kQuestions));
}

/// Requests with as much of a body as they may send, until `left` bytes each are sent.
class Uploads {
 public:
  explicit Uploads(std::size_t length) : length_(length) {}

  void add(Requester& requester) {
    requester.invocation.has_body = true;
    const std::size_t place = left_.size();
    left_.push_back(length_);
    requester.on_room = [this, &requester, place] { go_on(requester, place); };
  }

  void go_on(Requester& requester, std::size_t place) {
    const std::size_t piece = std::min(left_[place], requester.invocation.body_credit());
    if (piece == 0) return;
    left_[place] -= piece;
    sent += piece;
    requester.invocation.send_body(std::string(piece, 'x'), left_[place] == 0);
  }

  std::size_t sent = 0;

 private:
  std::size_t length_;
  std::vector<std::size_t> left_;
};

TEST_F(PoolLinkTest, BodiesForAWorkerThatDoesNotReadWaitWithTheirClients) {
  PoolOptions options;
  options.blocked = std::chrono::milliseconds(0);
  open("block", options);
  Uploads uploads(protocol::kInitialCredit);
  for (int i = 0; i < 64; ++i) request("/", [&](Requester& made) { uploads.add(made); });
  run_until([&] { return uploads.sent > 0; });
  run_some_turns();
  EXPECT_GT(uploads.sent, 0U);
  // The kernel's buffer of the socket is no more than that either.
  EXPECT_LE(uploads.sent, 2 * Channel::kCongested + protocol::kInitialCredit);
  Requester late;
  late.invocation.request.generation = 1;
  EXPECT_EQ(pool_->dispatch(late.invocation), Dispatch::queued);
}

TEST_F(PoolLinkTest, BodiesGoOnWhenTheWorkerReads) {
  open("nap");
  Uploads uploads(protocol::kInitialCredit);
  for (int i = 0; i < 64; ++i) request("/", [&](Requester& made) { uploads.add(made); });
  run_until_all_are_over();
  for (const Requester& requester : requesters_) EXPECT_EQ(requester.body, "whole");
  EXPECT_EQ(uploads.sent, 64 * protocol::kInitialCredit);
}

TEST_F(PoolLinkTest, AHeadThatFitsNoFrameIsRefused) {
  open("answer");
  const std::string fields = "a: " + std::string(protocol::kMaxPayload, 'x') + "\r\n";
  Requester large;
  large.invocation.request.generation = 1;
  large.invocation.request.fields = fields;
  EXPECT_EQ(pool_->dispatch(large.invocation), Dispatch::too_large);
  request("/");
  run_until_all_are_over();
  EXPECT_EQ(requesters_.back().status, 200);
}

TEST_F(PoolLinkTest, WhatAWorkerSaysOfRoutesThatThereAreNotIsNotKept) {
  open("lies-in-samples");
  request("/");
  run_until([&] { return !pool_->report().routes.empty(); });
  EXPECT_EQ(pool_->report().routes.size(), 2U);
}

}  // namespace
}  // namespace millrace::workers
