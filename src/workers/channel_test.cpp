#include "workers/channel.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "link/frame_encoder.hpp"

namespace millrace::workers {
namespace {

class ChannelTest : public testing::Test, protected Channel::Observer {
 protected:
  ChannelTest() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    base::UniqueFd ours(ends[0]);
    peer_.reset(ends[1]);
    ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
    channel_.emplace(loop_, std::move(ours), static_cast<Channel::Observer&>(*this));
  }

  bool on_frame(const link::Frame& frame) override {
    received_.push_back(frame.stream);
    return true;
  }
  void on_channel_drained() override {}
  void on_channel_closed(ChannelEnd /*how*/) override {}

  /// Runs everything that is ready.
  void turn() {
    for (int i = 0; i < 10; ++i) {
      loop_.post([this] { loop_.stop(); });
      loop_.run();
    }
  }

  net::EventLoop loop_;
  base::UniqueFd peer_;
  std::optional<Channel> channel_;
  std::vector<std::uint64_t> received_;
};

TEST_F(ChannelTest, ReadsThePausedFramesOfAPeerThatHasEnded) {
  const std::string much(512 * 1024, 'x');
  for (int i = 0; i < 10; ++i) channel_->send(link::Kind::body, 1, much);
  turn();
  ASSERT_GE(channel_->unread(), Channel::kPauseReading);
  std::string frame;
  link::append_frame(frame, link::Kind::body, 7, "answer", true);
  ASSERT_EQ(::write(peer_.get(), frame.data(), frame.size()), static_cast<ssize_t>(frame.size()));
  turn();
  EXPECT_TRUE(received_.empty());
  ASSERT_TRUE(channel_->read_while_paused());
  // Frames after the first response have not even been read from the kernel.
  for (std::uint64_t stream = 8; stream < 108; ++stream) {
    frame.clear();
    link::append_frame(frame, link::Kind::body, stream, "answer", true);
    ASSERT_EQ(::write(peer_.get(), frame.data(), frame.size()), static_cast<ssize_t>(frame.size()));
  }
  channel_->peer_has_ended();
  for (int turns = 0; turns < 1'000 && received_.size() < 101; ++turns) turn();
  ASSERT_EQ(received_.size(), 101U);
  EXPECT_EQ(received_.back(), 107U);
  EXPECT_EQ(channel_->unread(), 0U);
}

}  // namespace
}  // namespace millrace::workers
