#include "workers/worker_streams.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "workers/test_link.hpp"

namespace millrace::workers {
namespace {

using link::Kind;
using testing::ElementsAre;

class WorkerStreamsTest : public LinkFixture {
 protected:
  [[nodiscard]] const WorkerStreams& streams() const { return session_->streams(); }

  void grant(std::uint64_t stream, std::uint32_t bytes) {
    std::string frame;
    link::append_credit(frame, stream, bytes);
    peer_.send(Kind::credit, stream, link::decode_frame(frame).frame.payload);
  }
};

TEST_F(WorkerStreamsTest, ARequestIsAStreamUntilItsResponseHasEnded) {
  open_ready();
  const Requester& one = request();
  const Requester& two = request();
  turn();
  EXPECT_EQ(peer_.count(Kind::invoke), 2U);
  EXPECT_TRUE(peer_.last(Kind::invoke).end);
  EXPECT_EQ(streams().size(), 2U);
  rooms_ = 0;
  peer_.respond(2, "whole", true);
  turn();
  EXPECT_EQ(two.body, "whole");
  EXPECT_TRUE(two.over);
  EXPECT_FALSE(one.over);
  EXPECT_EQ(streams().size(), 1U);
  EXPECT_GT(rooms_, 0);
  EXPECT_THAT(begun_, ElementsAre(2U));
  EXPECT_EQ(streams().opened(), 2U);
}

TEST_F(WorkerStreamsTest, ABodyArrivesInPieces) {
  open_ready();
  const Requester& one = request();
  peer_.respond(1, "a", false);
  peer_.send(Kind::body, 1, "b");
  peer_.send(Kind::body, 1, "c", true);
  turn();
  EXPECT_EQ(one.body, "abc");
  EXPECT_TRUE(one.over);
}

TEST_F(WorkerStreamsTest, AnEndWithTrailersEndsTheBody) {
  open_ready();
  const Requester& one = request();
  peer_.respond(1, "a", false);
  peer_.send(Kind::end, 1, "trailer: dropped\r\n", true);
  turn();
  EXPECT_EQ(one.body, "a");
  EXPECT_TRUE(one.over);
}

TEST_F(WorkerStreamsTest, LateFramesForAnEndedStreamAreDropped) {
  open_ready();
  Requester& one = request();
  one.invocation.abort(link::AbortReason::client_gone);
  peer_.respond(1, "late", true);
  turn();
  EXPECT_FALSE(closed_);
  EXPECT_EQ(one.status, 0);
  EXPECT_EQ(peer_.count(Kind::abort), 1U);
}

TEST_F(WorkerStreamsTest, FramesForAStreamThatWasNeverOpenedAreRejected) {
  for (const std::uint64_t number : {0U, 2U}) {
    open_ready();
    request();
    peer_.send(Kind::body, number, "x", true);
    EXPECT_TRUE(broken());
    closed_.reset();
    session_.reset();
  }
}

TEST_F(WorkerStreamsTest, AResponseBeginsOnceAndBeforeItsBody) {
  open_ready();
  request();
  peer_.send(Kind::body, 1, "x");
  EXPECT_TRUE(broken());
  closed_.reset();
  open_ready();
  request();
  peer_.respond(1, "", false);
  peer_.respond(1, "", false);
  EXPECT_TRUE(broken());
}

TEST_F(WorkerStreamsTest, HintsComeBeforeTheResponse) {
  open_ready();
  const Requester& one = request();
  peer_.send(Kind::inform, 1, "link: <a>\r\n");
  peer_.send(Kind::inform, 1, "link: <b>\r\n");
  peer_.respond(1, "done", true);
  // The stream has ended while this one was in transit.
  peer_.send(Kind::inform, 1, "link: <c>\r\n");
  turn();
  EXPECT_EQ(one.hints, "link: <a>\r\nlink: <b>\r\n");
  EXPECT_EQ(one.body, "done");
  EXPECT_FALSE(closed_);
}

TEST_F(WorkerStreamsTest, InvalidHintsAndHintsAfterTheHeadAreRejected) {
  open_ready();
  request();
  peer_.send(Kind::inform, 1, "link: <a>\r\nx\r\n");
  EXPECT_TRUE(broken());
  closed_.reset();
  open_ready();
  request();
  peer_.respond(1, "", false);
  peer_.send(Kind::inform, 1, "link: <a>\r\n");
  EXPECT_TRUE(broken());
}

TEST_F(WorkerStreamsTest, InvalidFieldsAreRejected) {
  open_ready();
  const Requester& one = request();
  peer_.respond(1, "", true, "a: b\nc: d\r\n");
  EXPECT_TRUE(broken());
  EXPECT_EQ(one.status, 0);
}

TEST_F(WorkerStreamsTest, AWorkerSendsNoMoreThanItsCredit) {
  open_ready();
  const Requester& one = request();
  peer_.respond(1, std::string(protocol::kInitialCredit, 'x'), false);
  turn();
  EXPECT_FALSE(closed_);
  EXPECT_EQ(one.body.size(), protocol::kInitialCredit);
  peer_.send(Kind::body, 1, "y");
  EXPECT_TRUE(broken());
}

TEST_F(WorkerStreamsTest, CreditIsGrantedByHalves) {
  open_ready();
  Requester& one = request();
  peer_.respond(1, std::string(protocol::kInitialCredit, 'x'), false);
  turn();
  one.invocation.consumed(protocol::kInitialCredit / 2 - 1);
  turn();
  EXPECT_EQ(peer_.count(Kind::credit), 0U);
  one.invocation.consumed(1);
  turn();
  ASSERT_EQ(peer_.count(Kind::credit), 1U);
  EXPECT_EQ(link::decode_credit(peer_.last(Kind::credit).payload), protocol::kInitialCredit / 2);
  peer_.send(Kind::body, 1, std::string(protocol::kInitialCredit / 2, 'y'));
  turn();
  EXPECT_FALSE(closed_);
}

TEST_F(WorkerStreamsTest, ABodyIsSentWithinItsCredit) {
  open_ready();
  Requester& one = request(true);
  int calls = 0;
  one.on_room = [&] { ++calls; };
  turn();
  EXPECT_FALSE(peer_.last(Kind::invoke).end);
  EXPECT_EQ(one.invocation.body_credit(), protocol::kInitialCredit);
  one.invocation.send_body(std::string(protocol::kInitialCredit, 'x'), false);
  EXPECT_EQ(one.invocation.body_credit(), 0U);
  turn();
  EXPECT_EQ(peer_.count(Kind::body),
            (protocol::kInitialCredit + protocol::kMaxBodyChunk - 1) / protocol::kMaxBodyChunk);
  grant(1, 10);
  turn();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(one.invocation.body_credit(), 10U);
  one.invocation.send_body("", true);
  turn();
  EXPECT_TRUE(peer_.last(Kind::body).end);
}

TEST_F(WorkerStreamsTest, AWorkerCannotGrantMoreThanItReceived) {
  open_ready();
  request(true);
  grant(1, 1);
  EXPECT_TRUE(broken());
}

TEST_F(WorkerStreamsTest, AHandlerCanAbort) {
  open_ready();
  const Requester& one = request();
  peer_.send(Kind::abort, 1, std::string(1, '\4'));
  turn();
  EXPECT_EQ(one.failed, Failure::handler_failed);
  EXPECT_FALSE(closed_);
  EXPECT_EQ(streams().size(), 0U);
}

TEST_F(WorkerStreamsTest, StreamingResponsesAreCountedSeparately) {
  open_ready();
  Requester& one = request();
  peer_.respond(1, "begun", false);
  turn();
  EXPECT_EQ(streams().streaming(), 1U);
  EXPECT_EQ(streams().working(), 0U);
  one.invocation.abort(link::AbortReason::client_gone);
  EXPECT_EQ(streams().streaming(), 0U);
  EXPECT_EQ(streams().size(), 0U);
}

TEST_F(WorkerStreamsTest, AResponseCountsAsStreamingOnceItsRequestHasEnded) {
  open_ready();
  Requester& one = request(true);
  peer_.respond(1, "begun", false);
  turn();
  EXPECT_EQ(streams().streaming(), 0U);
  one.invocation.send_body("rest", true);
  EXPECT_EQ(streams().streaming(), 1U);
}

TEST_F(WorkerStreamsTest, StreamingResponsesAreBounded) {
  open_ready({.streaming = 1});
  const Requester& one = request();
  const Requester& two = request();
  peer_.respond(1, "begun", false);
  peer_.respond(2, "too many", false);
  turn();
  EXPECT_FALSE(one.failed);
  EXPECT_EQ(two.failed, Failure::unavailable);
  EXPECT_EQ(two.status, 0);
  EXPECT_EQ(peer_.last(Kind::abort).stream, 2U);
  EXPECT_TRUE(streams().streaming_full());
  // A stream whose request has not ended stays counted among the working ones.
  Requester& three = request(true);
  peer_.respond(3, "begun", false);
  turn();
  three.invocation.send_body("", true);
  EXPECT_EQ(streams().working(), 1U);
}

TEST_F(WorkerStreamsTest, StreamNumbersAreUsedUp) {
  open_ready({.first = protocol::kMaxStream - 1});
  EXPECT_EQ(streams().left(), 2U);
  const Requester& one = request();
  EXPECT_EQ(streams().left(), 1U);
  peer_.respond(protocol::kMaxStream - 1, "", true);
  turn();
  EXPECT_EQ(one.status, 200);
}

TEST_F(WorkerStreamsTest, ADeadlineEndsTheStreamAndSendsOnePing) {
  open_ready();
  Deadlines deadlines;
  const auto now = net::Clock::now();
  Requester& one = request();
  Requester& two = request();
  one.invocation.set_deadline(deadlines, now);
  two.invocation.set_deadline(deadlines, now);
  while (Invocation* const due = deadlines.due(now)) due->stream()->host->expire(*due, now);
  turn();
  EXPECT_EQ(one.failed, Failure::deadline);
  EXPECT_EQ(two.failed, Failure::deadline);
  EXPECT_EQ(peer_.count(Kind::abort), 2U);
  EXPECT_EQ(peer_.count(Kind::ping), 1U);
  EXPECT_EQ(streams().size(), 0U);
  // The worker has not responded since, so the expired invocation counts as in flight.
  session_.reset();
  EXPECT_EQ(report_.in_flight_at_exit().size(), 2U);
}

TEST_F(WorkerStreamsTest, ALostWorkerFailsItsInvocations) {
  open_ready();
  const Requester& one = request();
  const Requester& two = request();
  peer_.respond(1, "begun", false);
  turn();
  session_->streams().fail_all();
  EXPECT_EQ(one.failed, Failure::worker_died);
  EXPECT_EQ(two.failed, Failure::worker_died);
  EXPECT_EQ(streams().size(), 0U);
  EXPECT_EQ(streams().streaming(), 0U);
  ASSERT_EQ(report_.in_flight_at_exit().size(), 2U);
  EXPECT_TRUE(report_.in_flight_at_exit()[0].streaming_for);
  EXPECT_FALSE(report_.in_flight_at_exit()[1].streaming_for);
}

TEST_F(WorkerStreamsTest, ARequesterOfALostWorkerMayAbortOthers) {
  open_ready();
  Requester& one = request();
  auto two = std::make_unique<Requester>();
  session_->streams().open(two->invocation, net::Clock::now());
  one.on_failure = [&] { two.reset(); };
  session_->streams().fail_all();
  EXPECT_EQ(one.failed, Failure::worker_died);
  EXPECT_EQ(two, nullptr);
  EXPECT_EQ(streams().size(), 0U);
}

class TunnelTest : public WorkerStreamsTest {
 protected:
  /// A request that offers an upgrade.
  Requester& offer() {
    Requester& requester = requesters_.emplace_back();
    requester.invocation.request.generation = 1;
    requester.invocation.request.route = 1;
    requester.invocation.request.method = "GET";
    requester.invocation.request.target = "/";
    requester.invocation.request.upgrade = true;
    session_->streams().open(requester.invocation, net::Clock::now());
    return requester;
  }
  void accept(std::uint64_t stream) { peer_.send(Kind::upgrade, stream, "upgrade: websocket\r\n"); }
};

TEST_F(TunnelTest, IsNeitherWorkNorAStreamingResponse) {
  open_ready();
  Requester& one = offer();
  EXPECT_EQ(streams().working(), 1U);
  accept(1);
  turn();
  EXPECT_EQ(one.upgraded, "upgrade: websocket\r\n");
  EXPECT_EQ(streams().working(), 0U);
  EXPECT_EQ(streams().streaming(), 0U);
  EXPECT_EQ(streams().tunnels(), 1U);
  one.invocation.abort(link::AbortReason::client_gone);
  EXPECT_EQ(streams().tunnels(), 0U);
}

TEST_F(TunnelTest, PassesBytesUntilBothSidesHaveEnded) {
  open_ready();
  Requester& one = offer();
  accept(1);
  peer_.send(Kind::body, 1, "down");
  turn();
  EXPECT_EQ(one.body, "down");
  one.invocation.send_body("up", true);
  turn();
  EXPECT_EQ(peer_.last(Kind::body).payload, "up");
  EXPECT_TRUE(peer_.last(Kind::body).end);
  EXPECT_TRUE(one.invocation.active());
  peer_.send(Kind::end, 1, {});
  turn();
  EXPECT_TRUE(one.over);
  EXPECT_FALSE(one.invocation.active());
  EXPECT_EQ(streams().size(), 0U);
}

TEST_F(TunnelTest, CanBeEndedByTheWorkerFirst) {
  open_ready();
  Requester& one = offer();
  accept(1);
  peer_.send(Kind::end, 1, {});
  turn();
  EXPECT_TRUE(one.over);
  EXPECT_TRUE(one.invocation.active());
  one.invocation.send_body("last", true);
  EXPECT_FALSE(one.invocation.active());
  EXPECT_EQ(streams().tunnels(), 0U);
}

TEST_F(TunnelTest, BytesAfterTheEndAreRejected) {
  open_ready();
  offer();
  accept(1);
  peer_.send(Kind::body, 1, "last", true);
  peer_.send(Kind::body, 1, "more");
  EXPECT_TRUE(broken());
}

TEST_F(TunnelTest, IsRejectedWhereNoneWasOffered) {
  open_ready();
  request();
  accept(1);
  EXPECT_TRUE(broken());
}

TEST_F(TunnelTest, IsAcceptedOnce) {
  open_ready();
  offer();
  accept(1);
  accept(1);
  EXPECT_TRUE(broken());
}

TEST_F(TunnelTest, InvalidFieldsAreRejected) {
  open_ready();
  offer();
  peer_.send(Kind::upgrade, 1, "upgrade websocket\r\n");
  EXPECT_TRUE(broken());
}

TEST_F(TunnelTest, BeyondTheLimitThereIsNoRoom) {
  open_ready({.tunnels = 1});
  const Requester& one = offer();
  const Requester& two = offer();
  accept(1);
  accept(2);
  turn();
  EXPECT_TRUE(one.upgraded);
  EXPECT_FALSE(two.upgraded);
  EXPECT_EQ(two.failed, Failure::unavailable);
  EXPECT_EQ(static_cast<link::AbortReason>(peer_.last(Kind::abort).payload.front()),
            link::AbortReason::no_room);
  EXPECT_TRUE(streams().tunnels_full());
}

TEST_F(TunnelTest, TheWorkerClosesItWithAnAbort) {
  open_ready();
  const Requester& one = offer();
  accept(1);
  peer_.send(Kind::abort, 1, "\4");
  turn();
  EXPECT_EQ(one.failed, Failure::tunnel_closed);
  EXPECT_EQ(streams().tunnels(), 0U);
}

TEST_F(TunnelTest, IsDrainedByAFrameOfItsStream) {
  open_ready();
  Requester& one = offer();
  one.invocation.drain();
  turn();
  EXPECT_EQ(peer_.count(Kind::drain), 0U) << "it is not a tunnel yet";
  accept(1);
  turn();
  one.invocation.drain();
  turn();
  EXPECT_EQ(peer_.last(Kind::drain).stream, 1U);
}

TEST_F(TunnelTest, AnOfferCanBeIgnored) {
  open_ready();
  const Requester& one = offer();
  peer_.respond(1, "plain", true);
  turn();
  EXPECT_EQ(one.body, "plain");
  EXPECT_TRUE(one.over);
}

}  // namespace
}  // namespace millrace::workers
