// TestOrigin is a server on loopback that takes any number of connections and says on each what a
// test says.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/listener.hpp"
#include "net/stream.hpp"

namespace millrace::gateway {

/// One side of a connection.
class TestPeer final : private net::Stream::Observer {
 public:
  /// `on_change` outlives the peer.
  TestPeer(net::EventLoop& loop, base::UniqueFd socket, const std::function<void()>& on_change)
      : on_change_(on_change),
        stream_(net::Stream::adopt(loop, std::move(socket),
                                   static_cast<net::Stream::Observer&>(*this), {})) {
    stream_->start();
  }
  ~TestPeer() override { stream_->close(); }

  /// What has come.
  std::string got;
  /// The other side has ended its bytes.
  bool ended = false;
  /// The connection is broken.
  bool closed = false;

  void say(std::string_view text) { stream_->write(text); }
  void end() { stream_->end_output(); }
  void break_off() { stream_->reset(); }
  void stop_reading() { stream_->pause(); }
  void read() { stream_->resume(); }
  /// Bytes that the kernel has not taken yet.
  [[nodiscard]] std::size_t unsent() const { return stream_->unsent(); }

 private:
  std::size_t on_bytes(std::string_view input) override {
    got += input;
    on_change_();
    return input.size();
  }
  bool on_end() override {
    ended = true;
    on_change_();
    return true;
  }
  void on_closed() override {
    closed = true;
    on_change_();
  }
  void on_drained() override { on_change_(); }

  const std::function<void()>& on_change_;
  std::shared_ptr<net::Stream> stream_;
};

class TestOrigin {
 public:
  TestOrigin(net::EventLoop& loop, std::function<void()> on_change)
      : on_change_(std::move(on_change)) {
    auto bound = net::bind_sockets("127.0.0.1", 0);
    EXPECT_TRUE(bound) << bound.error().message();
    port_ = std::to_string(bound.value().port);
    listener_.emplace(loop, std::move(bound.value().sockets.front()),
                      [this, &loop](base::UniqueFd socket, const net::Peer&) {
                        peers.emplace_back(loop, std::move(socket), on_change_);
                        on_change_();
                      });
  }

  [[nodiscard]] const std::string& port() const { return port_; }

  /// In the order of their connections.
  std::deque<TestPeer> peers;

 private:
  std::function<void()> on_change_;
  std::string port_;
  std::optional<net::Listener> listener_;
};

}  // namespace millrace::gateway
