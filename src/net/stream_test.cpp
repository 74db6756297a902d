#include "net/stream.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>

#include "net/event_loop.hpp"
#include "net/timer.hpp"

namespace millrace::net {
namespace {

std::pair<base::UniqueFd, base::UniqueFd> socket_pair() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
  return {base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

/// Takes as much as the test permits, and records it.
class Taker final : public Stream::Observer {
 public:
  std::size_t on_bytes(std::string_view input) override {
    largest_offer = std::max(largest_offer, input.size());
    const std::size_t taken = std::min(input.size(), at_most);
    got += input.substr(0, taken);
    if (on_change) on_change();
    return taken;
  }
  void on_closed() override {
    closed = true;
    if (on_change) on_change();
  }
  void on_drained() override {
    drained = true;
    if (on_change) on_change();
  }

  std::string got;
  std::size_t at_most = SIZE_MAX;
  std::size_t largest_offer = 0;
  bool closed = false;
  bool drained = false;
  std::function<void()> on_change;
};

std::string numbered_text(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
  text.resize(size);
  return text;
}

class StreamTest : public testing::Test {
 protected:
  StreamTest() {
    auto [one, two] = socket_pair();
    left_ = Stream::adopt(loop_, std::move(one), left_observer_, {});
    right_ = Stream::adopt(loop_, std::move(two), right_observer_, {});
    left_->start();
    right_->start();
  }
  ~StreamTest() override {
    left_->close();
    right_->close();
  }

  void run_until(const std::function<bool()>& reached) {
    const auto check = [this, reached] {
      if (reached()) loop_.stop();
    };
    left_observer_.on_change = right_observer_.on_change = check;
    if (!reached()) loop_.run();
    left_observer_.on_change = right_observer_.on_change = nullptr;
  }

  EventLoop loop_;
  Taker left_observer_;
  Taker right_observer_;
  std::shared_ptr<Stream> left_;
  std::shared_ptr<Stream> right_;
};

TEST_F(StreamTest, BytesBeyondTheSendBufferArriveCompletely) {
  const std::string text = numbered_text(5'000'000);
  left_->write(text);
  EXPECT_GT(left_->unsent(), 0U);
  run_until([&] { return right_observer_.got.size() == text.size() && left_observer_.drained; });
  EXPECT_EQ(right_observer_.got, text);
  EXPECT_EQ(left_->unsent(), 0U);
  // Where much arrives, it is read in large pieces, within the limit.
  EXPECT_EQ(right_observer_.largest_offer, StreamOptions{}.maximum_buffer);
}

TEST_F(StreamTest, UnconsumedBytesAreOfferedAgain) {
  right_observer_.at_most = 1;
  left_->write("abc");
  run_until([&] { return !right_observer_.got.empty(); });
  left_->write("d");
  run_until([&] { return right_observer_.got.size() == 2; });
  right_observer_.at_most = 100;
  right_->resume();
  EXPECT_EQ(right_observer_.got, "abcd");
}

TEST_F(StreamTest, APausedStreamAppliesBackpressure) {
  right_->pause();
  left_->write(numbered_text(2'000'000));
  Timer soon(loop_, [this] { loop_.stop(); });
  soon.set_after(std::chrono::milliseconds(0));
  loop_.run();
  EXPECT_TRUE(right_observer_.got.empty());
  EXPECT_GT(left_->unsent(), 0U);
  right_->resume();
  run_until([&] { return right_observer_.got.size() == 2'000'000; });
}

TEST_F(StreamTest, FinishSendsTheRestAndThenEnds) {
  const std::string text = numbered_text(1'000'000);
  left_->write(text);
  left_->finish();
  run_until([&] { return right_observer_.closed; });
  EXPECT_EQ(right_observer_.got, text);
  EXPECT_FALSE(left_observer_.closed);
}

TEST_F(StreamTest, EndingTheOutputSendsTheRestAndKeepsReading) {
  const std::string text = numbered_text(4'000'000);
  left_->write(text);
  left_->end_output();
  left_->write("nothing more");
  // The default is to close at the peer's end.
  run_until([this] { return right_observer_.closed; });
  EXPECT_EQ(right_observer_.got, text);
  EXPECT_FALSE(left_observer_.closed);
}

TEST_F(StreamTest, APeerCanSendAfterTheOutputHasEnded) {
  left_->end_output();
  right_->write("still");
  run_until([this] { return left_observer_.got == "still"; });
}

TEST_F(StreamTest, ClosingInsideACallIsSafe) {
  left_->write("abc");
  right_observer_.on_change = [this] {
    right_->close();
    loop_.stop();
  };
  loop_.run();
  EXPECT_EQ(right_observer_.got, "abc");
  EXPECT_FALSE(right_observer_.closed);
}

class CountingTask final : public TurnTask {
 public:
  void run_at_turn_end() override { ++runs; }
  int runs = 0;
};

TEST(EventLoop, ATurnTaskRunsOncePerTurn) {
  EventLoop loop;
  CountingTask task;
  for (int i = 0; i < 3; ++i) loop.post([&] { loop.at_turn_end(task); });
  loop.run();
  EXPECT_EQ(task.runs, 1);
  {
    CountingTask gone;
    loop.at_turn_end(gone);
  }
  loop.run();
  EXPECT_EQ(task.runs, 1);
}

TEST(Timer, SettingItAgainCancelsTheOldTime) {
  EventLoop loop;
  int calls = 0;
  Timer timer(loop, [&] { ++calls; });
  timer.set(Clock::now());
  timer.set(Clock::now());
  loop.run();
  EXPECT_EQ(calls, 1);
  timer.set(Clock::now());
  timer.cancel();
  loop.run();
  EXPECT_EQ(calls, 1);
}

TEST_F(StreamTest, BytesThatThePeerHasNotReadAreNotDelivered) {
  right_->pause();
  const std::string text = numbered_text(2'000'000);
  left_->write(text);
  const std::uint64_t before = left_->delivered();
  EXPECT_LE(before + left_->unsent(), text.size());
  // More bytes to send are not progress of the peer.
  left_->write("more");
  EXPECT_EQ(left_->delivered(), before);
  right_->resume();
  run_until([&] { return right_observer_.got.size() == text.size() + 4; });
  EXPECT_EQ(left_->delivered(), text.size() + 4);
}

TEST_F(StreamTest, UnsentBytesAndALargeReadBufferCountAgainstTheBudget) {
  const auto budget = std::make_shared<base::MemoryBudget>(10'000'000);
  auto [one, two] = socket_pair();
  Taker sender;
  Taker reader;
  const auto from =
      Stream::adopt(loop_, std::move(one), sender, {}, {.memory = budget, .descriptor = nullptr});
  const auto to =
      Stream::adopt(loop_, std::move(two), reader, {}, {.memory = budget, .descriptor = nullptr});
  from->start();
  from->write(numbered_text(2'000'000));
  EXPECT_GE(budget->used(), from->unsent());
  EXPECT_GT(budget->used(), 0U);
  to->start();
  reader.on_change = [&] {
    if (reader.got.size() == 2'000'000U) loop_.stop();
  };
  loop_.run();
  EXPECT_EQ(reader.largest_offer, StreamOptions{}.maximum_buffer);
  from->close();
  to->close();
  EXPECT_EQ(from->unsent(), 0U);
}

TEST_F(StreamTest, WithoutRoomInTheBudgetOnlyAHeadFits) {
  const auto budget = std::make_shared<base::MemoryBudget>(0);
  auto [one, two] = socket_pair();
  Taker reader;
  reader.at_most = 0;
  const auto from = Stream::adopt(loop_, std::move(one), left_observer_, {});
  const auto to =
      Stream::adopt(loop_, std::move(two), reader, {}, {.memory = budget, .descriptor = nullptr});
  reader.on_change = [&] {
    if (reader.largest_offer >= kLeastBuffer) loop_.stop();
  };
  from->write(numbered_text(100'000));
  to->start();
  loop_.run();
  EXPECT_EQ(reader.largest_offer, kLeastBuffer);
  from->close();
  to->close();
}

TEST_F(StreamTest, TheDescriptorsLeaseIsReleasedWhenTheSocketIsClosed) {
  auto [one, two] = socket_pair();
  auto lease = std::make_shared<int>(0);
  const std::weak_ptr<int> held = lease;
  const auto stream = Stream::adopt(loop_, std::move(one), left_observer_, {},
                                    {.memory = nullptr, .descriptor = std::move(lease)});
  EXPECT_FALSE(held.expired());
  stream->close();
  EXPECT_TRUE(held.expired());
}

/// Writes after the peer has closed its sending side.
class Answerer final : public Stream::Observer {
 public:
  std::size_t on_bytes(std::string_view input) override {
    last_offer = input;
    return taken_at_once;
  }
  bool on_end() override {
    ended = true;
    taken_at_once = last_offer.size();
    return true;
  }
  void on_closed() override { closed = true; }
  void on_drained() override {}

  std::string last_offer;
  std::size_t taken_at_once = 0;
  bool ended = false;
  bool closed = false;
};

TEST_F(StreamTest, AHalfClosedPeerStillGetsAResponse) {
  auto [one, two] = socket_pair();
  Answerer answerer;
  const auto stream = Stream::adopt(loop_, std::move(two), answerer, {});
  ASSERT_EQ(::send(one.get(), "ask", 3, 0), 3);
  ::shutdown(one.get(), SHUT_WR);
  stream->start();
  while (!answerer.ended) {
    loop_.post([this] { loop_.stop(); });
    loop_.run();
  }
  EXPECT_EQ(answerer.last_offer, "ask");
  EXPECT_FALSE(answerer.closed);
  stream->write("answer");
  stream->finish();
  std::array<char, 16> got{};
  EXPECT_EQ(::recv(one.get(), got.data(), got.size(), 0), 6);
  EXPECT_EQ(::recv(one.get(), got.data(), got.size(), 0), 0);
}

}  // namespace
}  // namespace millrace::net
