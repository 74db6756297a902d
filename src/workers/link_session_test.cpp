#include "workers/link_session.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "workers/test_link.hpp"

namespace millrace::workers {
namespace {

using link::Kind;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kOn("\1", 1);
constexpr std::string_view kOff("\0", 1);

class LinkSessionTest : public LinkFixture {
 protected:
  void pong(std::uint64_t number) {
    std::string ping;
    link::append_ping(ping, number, false);
    peer_.send(Kind::pong, 0, link::decode_frame(ping).frame.payload);
  }
};

TEST_F(LinkSessionTest, LoadsTheRoutesAfterTheWorkersHello) {
  open();
  turn();
  EXPECT_EQ(peer_.count(Kind::load), 0U);
  peer_.send_hello();
  turn();
  ASSERT_EQ(peer_.count(Kind::load), 1U);
  EXPECT_THAT(peer_.last(Kind::load).payload, HasSubstr(R"("generation":1)"));
  peer_.send_ready(1);
  turn();
  EXPECT_THAT(loaded_, ElementsAre(1U));
}

TEST_F(LinkSessionTest, AGenerationRequestedBeforeHelloIsLoadedFirst) {
  open();
  session_->load(generation(5));
  peer_.send_hello();
  turn();
  ASSERT_EQ(peer_.count(Kind::load), 1U);
  EXPECT_THAT(peer_.last(Kind::load).payload, HasSubstr(R"("generation":5)"));
}

TEST_F(LinkSessionTest, KnowsTheOldestAndTheNewestGeneration) {
  open_ready();
  session_->load(generation(2));
  peer_.send_ready(2);
  turn();
  EXPECT_EQ(session_->generations()->oldest, 1U);
  EXPECT_EQ(session_->generations()->newest, 2U);
}

TEST_F(LinkSessionTest, ASecondHelloIsRejected) {
  open();
  peer_.send_hello();
  peer_.send_hello();
  EXPECT_TRUE(broken());
}

TEST_F(LinkSessionTest, AWorkerOfAnotherRoleOrProtocolIsRejected) {
  for (const char* const hello :
       {R"({"protocol":3,"role":"native"})", R"({"protocol":2,"role":"node"})",
        R"({"protocol":"3","role":"node"})", R"({"role":"node"})", R"({"protocol":3})", "[]", ""}) {
    SCOPED_TRACE(hello);
    open();
    peer_.send(Kind::hello, 0, hello);
    EXPECT_TRUE(broken());
    closed_.reset();
  }
}

TEST_F(LinkSessionTest, OtherFramesBeforeHelloAreRejected) {
  for (const Kind kind : {Kind::ready, Kind::stats, Kind::cache, Kind::loading, Kind::listening,
                          Kind::snapshot, Kind::pong}) {
    SCOPED_TRACE(static_cast<int>(kind));
    open();
    peer_.send(kind, 0, kind == Kind::loading || kind == Kind::listening ? kOn : "{}", true);
    EXPECT_TRUE(broken());
    closed_.reset();
  }
}

TEST_F(LinkSessionTest, FramesThatTheRoleMayNotSendAreRejected) {
  open(kNativeWorker);
  peer_.send_hello("native");
  turn();
  EXPECT_FALSE(closed_);
  peer_.send(Kind::cache, 0, "{}", true);
  EXPECT_TRUE(broken());
  EXPECT_TRUE(cache_requests_.empty());
}

TEST_F(LinkSessionTest, OnlyRequestedGenerationsCanBeReady) {
  for (const char* const ready : {R"({"generation":2})", R"({"generation":-1})",
                                  R"({"generation":"1"})", "{}", R"({"generation":1,"error":1})"}) {
    SCOPED_TRACE(ready);
    open();
    peer_.send_hello();
    peer_.send(Kind::ready, 0, ready);
    EXPECT_TRUE(broken());
    closed_.reset();
  }
  EXPECT_TRUE(loaded_.empty());
}

TEST_F(LinkSessionTest, ReportsAGenerationThatCannotBeLoaded) {
  open();
  peer_.send_hello();
  peer_.send(Kind::ready, 0, R"({"generation":1,"error":"no such module"})");
  turn();
  EXPECT_THAT(load_failures_, ElementsAre("1: no such module"));
  EXPECT_FALSE(session_->generations());
}

TEST_F(LinkSessionTest, ReportsRoutesThatDoNotFitInAFrame) {
  open();
  Load large = generation(1);
  large.manifest = std::string(protocol::kMaxPayload, 'm');
  session_->load(large);
  peer_.send_hello();
  turn();
  EXPECT_EQ(peer_.count(Kind::load), 0U);
  EXPECT_THAT(load_failures_, ElementsAre(HasSubstr("do not fit in one frame")));
}

TEST_F(LinkSessionTest, LinesGoToTheLog) {
  open();
  peer_.send(Kind::log, 0, "\2a line");
  turn();
  EXPECT_THAT(log_, ElementsAre("a line"));
}

TEST_F(LinkSessionTest, ALogLineMustHaveALevel) {
  for (const std::string_view line : {std::string_view(), kOff, std::string_view("\7x")}) {
    open();
    peer_.send(Kind::log, 0, line);
    EXPECT_TRUE(broken());
    closed_.reset();
  }
}

TEST_F(LinkSessionTest, ReportsTheWorkersActivity) {
  open_ready();
  EXPECT_EQ(session_->activity(), Activity::serving);
  peer_.send(Kind::loading, 0, kOn);
  peer_.send(Kind::listening, 0, kOn);
  turn();
  EXPECT_EQ(session_->activity(), Activity::loading_modules);
  EXPECT_TRUE(session_->loads_modules());
  EXPECT_TRUE(session_->takes(Unrouted::all));
  peer_.send(Kind::loading, 0, kOff);
  peer_.send(Kind::listening, 0, kOff);
  turn();
  EXPECT_EQ(session_->activity(), Activity::serving);
  EXPECT_FALSE(session_->takes(Unrouted::upgrades));
  peer_.send(Kind::listening, 0, "\2");
  turn();
  EXPECT_FALSE(session_->takes(Unrouted::all));
  EXPECT_TRUE(session_->takes(Unrouted::upgrades));
}

TEST_F(LinkSessionTest, AnInvalidBooleanFrameIsRejected) {
  for (const std::string_view payload : {std::string_view(), std::string_view("\1\1")}) {
    open_ready();
    peer_.send(Kind::loading, 0, payload);
    EXPECT_TRUE(broken());
    closed_.reset();
  }
  open_ready();
  peer_.send(Kind::listening, 1, kOn);
  EXPECT_TRUE(broken());
  closed_.reset();
  open_ready();
  peer_.send(Kind::listening, 0, "\3");
  EXPECT_TRUE(broken());
}

TEST_F(LinkSessionTest, AHeapSnapshotIsPendingUntilTheWorkerConfirmsIt) {
  open_ready();
  session_->snapshot("/tmp/a");
  session_->snapshot("/tmp/b");
  turn();
  EXPECT_EQ(peer_.count(Kind::snapshot), 2U);
  EXPECT_THAT(peer_.last(Kind::snapshot).payload, HasSubstr("/tmp/b"));
  peer_.send(Kind::snapshot, 0, "{}");
  turn();
  EXPECT_EQ(session_->activity(), Activity::writing_snapshot);
  peer_.send(Kind::snapshot, 0, "{}");
  turn();
  EXPECT_EQ(session_->activity(), Activity::serving);
}

TEST_F(LinkSessionTest, ReportsTheGrowthOfAWorkersMemory) {
  open_ready();
  peer_.send(Kind::stats, 0, R"({"rss":10,"heap_used":5,"external":1})");
  turn();
  EXPECT_EQ(samples_, 1);
  EXPECT_EQ(session_->growth(), std::nullopt);
  peer_.send(Kind::stats, 0, R"({"rss":10,"heap_used":7,"external":3})");
  turn();
  EXPECT_EQ(session_->sample().heap_used, 7U);
  EXPECT_EQ(session_->growth(), 4.0);
  peer_.send(Kind::stats, 0, "[]");
  EXPECT_TRUE(broken());
}

TEST_F(LinkSessionTest, OnlyOnePingIsPendingAtATime) {
  open_ready();
  session_->ping(net::Clock::now(), false);
  session_->ping(net::Clock::now(), true);
  turn();
  EXPECT_EQ(peer_.count(Kind::ping), 1U);
  pong(1);
  turn();
  session_->ping(net::Clock::now(), true);
  turn();
  EXPECT_EQ(peer_.count(Kind::ping), 2U);
}

TEST_F(LinkSessionTest, APongWithoutAPingIsRejected) {
  open_ready();
  pong(1);
  EXPECT_TRUE(broken());
  closed_.reset();
  open_ready();
  session_->ping(net::Clock::now(), false);
  peer_.send(Kind::pong, 0, "short");
  EXPECT_TRUE(broken());
}

TEST_F(LinkSessionTest, ACacheRequestAndItsReplyMaySpanFrames) {
  open_ready();
  session_->load(generation(3));
  peer_.send(Kind::cache, 0, "{half,");
  turn();
  EXPECT_TRUE(cache_requests_.empty());
  peer_.send(Kind::cache, 0, "half}", true);
  turn();
  EXPECT_THAT(cache_requests_, ElementsAre("3 scope {half,half}"));
  reply_(std::string(protocol::kMaxPayload + 3, 'v'));
  turn();
  EXPECT_EQ(peer_.count(Kind::cached), 2U);
  EXPECT_EQ(peer_.last(Kind::cached).payload, "vvv");
  EXPECT_TRUE(peer_.last(Kind::cached).end);
}

TEST_F(LinkSessionTest, AnInvalidCacheRequestIsRejected) {
  cache_requests_are_valid_ = false;
  open_ready();
  peer_.send(Kind::cache, 0, "nonsense", true);
  EXPECT_TRUE(broken());
  closed_.reset();
  open_ready();
  peer_.send(Kind::cache, 4, "{}", true);
  EXPECT_TRUE(broken());
  EXPECT_EQ(cache_requests_.size(), 1U);
}

TEST_F(LinkSessionTest, ACacheRequestIsBounded) {
  open_ready();
  const std::string part(protocol::kMaxPayload, 'q');
  for (std::size_t sent = 0; sent <= CacheRequests::kLongest; sent += part.size()) {
    peer_.send(Kind::cache, 0, part);
    turn();
  }
  EXPECT_TRUE(broken());
}

TEST_F(LinkSessionTest, AReplyForAWorkerThatIsGoneIsDropped) {
  open_ready();
  peer_.send(Kind::cache, 0, "{}", true);
  turn();
  session_.reset();
  reply_("late");
  turn();
  EXPECT_EQ(peer_.count(Kind::cached), 0U);
}

TEST_F(LinkSessionTest, ReportsThatTheWorkerHasClosedTheLink) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  base::UniqueFd ours(ends[0]);
  base::UniqueFd theirs(ends[1]);
  ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  session_.emplace(loop_, std::move(ours),
                   SessionOptions{.role = kNodeWorker, .load = generation(1)}, watchdog_, report_,
                   static_cast<WorkerServices&>(*this), static_cast<LinkSession::Observer&>(*this));
  turn();
  EXPECT_FALSE(closed_);
  theirs.reset();
  turn();
  EXPECT_EQ(closed_, ChannelEnd::closed);
  EXPECT_TRUE(session_->closed());
}

}  // namespace
}  // namespace millrace::workers
