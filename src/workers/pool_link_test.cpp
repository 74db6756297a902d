// How a pool uses its workers' links, with real child processes: stream numbers near their end,
// streaming responses, and data that waits for a worker that does not read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "workers/channel.hpp"
#include "workers/test_pool.hpp"

namespace millrace::workers {
namespace {

class PoolLinkTest : public PoolFixture {
 protected:
  /// Starts a request whose response begins and continues; runs until it has begun or failed.
  Requester& begin_stream(const std::function<void(Requester&)>& prepare = {}) {
    Requester& requester = request("/stream", prepare);
    run_until([&] { return requester.status != 0 || requester.failed; });
    return requester;
  }
};

TEST_F(PoolLinkTest, StreamNumbersPast32BitsWork) {
  PoolOptions options;
  options.first_stream = 0xfffffff0;
  open(Behaviour::respond, options);
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
  open(Behaviour::respond, options);
  for (int i = 0; i < 7; ++i) request("/");
  run_until_all_are_over();
  for (const Requester& requester : requesters_) EXPECT_EQ(requester.status, 200);
  EXPECT_THAT(log_, testing::Contains(testing::HasSubstr("its stream numbers")));
}

TEST_F(PoolLinkTest, StreamingResponsesAreCountedSeparatelyAndBounded) {
  PoolOptions options;
  options.concurrency = 1;
  options.streams = 2;
  open(Behaviour::stream, options);
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
  open(Behaviour::stream, options);
  Requester& upload = begin_stream([](Requester& made) { made.invocation.has_body = true; });
  EXPECT_EQ(worker().streaming, 0U);
  Requester& waiting = request("/");
  EXPECT_EQ(pool_->report().queued, 1U);
  upload.invocation.send_body("the rest", true);
  EXPECT_EQ(worker().streaming, 1U);
  run_until([&] { return waiting.status == 200; });
}

TEST_F(PoolLinkTest, CacheRepliesThatAWorkerDoesNotReadAreBounded) {
  PoolOptions options;
  options.blocked = std::chrono::milliseconds(0);
  open(Behaviour::ask_often_unheard, options);
  cache_answer_ = std::string(std::size_t{1024} * 1024, 'v');
  request("/");
  run_until([&] { return !cache_requests_.empty(); });
  // All of its requests to the cache arrive with the first: it sends them in one write.
  run_some_turns();
  EXPECT_LE(cache_requests_.size() * cache_answer_->size(),
            Channel::kPauseReading + 2 * cache_answer_->size());
}

TEST_F(PoolLinkTest, AWorkerWhoseFramesArePausedCanBeFoundBlocked) {
  PoolOptions options;
  options.blocked = std::chrono::milliseconds(50);
  open(Behaviour::ask_often_unheard, options);
  cache_answer_ = std::string(std::size_t{1024} * 1024, 'v');
  request("/");
  run_until_all_are_over();
  EXPECT_THAT(log_, testing::Contains(testing::HasSubstr("blocked")));
}

TEST_F(PoolLinkTest, AWorkerThatReadsItsCacheRepliesGetsThemAll) {
  open(Behaviour::ask_often);
  cache_answer_ = std::string(std::size_t{256} * 1024, 'v');
  const Requester& requester = request("/");
  run_until_all_are_over();
  EXPECT_EQ(requester.status, 200);
  EXPECT_EQ(cache_requests_.size(), static_cast<std::size_t>(kCacheRequests));
}

/// Requests that each send as much body as they may, until `left` bytes are sent.
class Uploads {
 public:
  explicit Uploads(std::size_t length) : length_(length) {}

  void add(Requester& requester) {
    requester.invocation.has_body = true;
    const std::size_t place = left_.size();
    left_.push_back(length_);
    requester.on_room = [this, &requester, place] { send_more(requester, place); };
  }

  void send_more(Requester& requester, std::size_t place) {
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

TEST_F(PoolLinkTest, BodiesForAWorkerThatDoesNotReadArePaused) {
  PoolOptions options;
  options.blocked = std::chrono::milliseconds(0);
  open(Behaviour::block, options);
  Uploads uploads(protocol::kInitialCredit);
  for (int i = 0; i < 64; ++i) request("/", [&](Requester& made) { uploads.add(made); });
  run_until([&] { return uploads.sent > 0; });
  run_some_turns();
  EXPECT_GT(uploads.sent, 0U);
  // The kernel's socket buffer is no larger than that either.
  EXPECT_LE(uploads.sent, 2 * Channel::kCongested + protocol::kInitialCredit);
  Requester late;
  late.invocation.request.generation = 1;
  EXPECT_EQ(pool_->dispatch(late.invocation), Dispatch::queued);
}

TEST_F(PoolLinkTest, BodiesResumeWhenTheWorkerReads) {
  open(Behaviour::nap);
  Uploads uploads(protocol::kInitialCredit);
  for (int i = 0; i < 64; ++i) request("/", [&](Requester& made) { uploads.add(made); });
  run_until_all_are_over();
  for (const Requester& requester : requesters_) EXPECT_EQ(requester.body, "whole");
  EXPECT_EQ(uploads.sent, 64 * protocol::kInitialCredit);
}

TEST_F(PoolLinkTest, AHeadTooLargeForAFrameIsRejected) {
  open(Behaviour::respond);
  const std::string fields = "a: " + std::string(protocol::kMaxPayload, 'x') + "\r\n";
  Requester large;
  large.invocation.request.generation = 1;
  large.invocation.request.fields = fields;
  EXPECT_EQ(pool_->dispatch(large.invocation), Dispatch::too_large);
  request("/");
  run_until_all_are_over();
  EXPECT_EQ(requesters_.back().status, 200);
}

TEST_F(PoolLinkTest, SamplesOfUnknownRoutesAreIgnored) {
  open(Behaviour::lie_in_samples);
  request("/");
  run_until([&] { return !pool_->report().routes.empty(); });
  EXPECT_EQ(pool_->report().routes.size(), 2U);
}

}  // namespace
}  // namespace millrace::workers
