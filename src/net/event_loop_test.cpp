#include "net/event_loop.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string_view>

#include "net/stream.hpp"

namespace millrace::net {
namespace {

class Task final : public TurnTask {
 public:
  explicit Task(bool throws) : throws_(throws) {}

  void run_at_turn_end() override {
    ++runs;
    if (throws_) throw std::runtime_error("of a turn task");
  }

  int runs = 0;

 private:
  bool throws_;
};

TEST(EventLoop, ATurnHasOneTime) {
  EventLoop loop;
  loop.post([&] {
    const Clock::time_point first = loop.now();
    while (Clock::now() <= first) {
    }
    EXPECT_EQ(loop.now(), first);
    loop.post([&, first] { EXPECT_GT(loop.now(), first); });
  });
  loop.run();
}

TEST(EventLoop, AHandlerThatThrowsEndsNothingElse) {
  EventLoop loop;
  int runs = 0;
  loop.post([&] { ++runs; });
  loop.post([] { throw std::runtime_error("of a handler"); });
  loop.post([] { throw 7; });
  loop.post([&] { ++runs; });
  loop.run();
  EXPECT_EQ(runs, 2);
}

TEST(EventLoop, ATurnTaskThatThrowsEndsNothingElse) {
  EventLoop loop;
  Task first(false);
  Task broken(true);
  Task last(false);
  for (int turn = 1; turn <= 2; ++turn) {
    for (Task* task : {&first, &broken, &last}) loop.at_turn_end(*task);
    loop.run();
    for (const Task* task : {&first, &broken, &last}) EXPECT_EQ(task->runs, turn);
  }
}

class Thrower final : public Stream::Observer {
 public:
  explicit Thrower(bool lies) : lies_(lies) {}

  std::size_t on_bytes(std::string_view input) override {
    if (lies_) return input.size() + 1;
    throw std::runtime_error("of an observer");
  }
  void on_closed() override { ++closed; }
  void on_drained() override {}

  int closed = 0;

 private:
  bool lies_;
};

TEST(EventLoop, AStreamWhoseObserverFailsIsClosed) {
  for (const bool lies : {false, true}) {
    EventLoop loop;
    std::array<int, 2> pair{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()), 0);
    const base::UniqueFd peer(pair[1]);
    Thrower observer(lies);
    const auto stream = Stream::adopt(loop, base::UniqueFd(pair[0]), observer, {});
    stream->start();
    ASSERT_EQ(::write(peer.get(), "x", 1), 1);
    loop.run();
    EXPECT_EQ(observer.closed, 1);
  }
}

}  // namespace
}  // namespace millrace::net
