// Runs a server on loopback with clients in the same loop, for behaviour that only connections
// show.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/server.hpp"
#include "gateway/testing/test_dispatcher.hpp"
#include "gateway/testing/test_site.hpp"
#include "net/listener.hpp"
#include "net/stream.hpp"

namespace millrace::gateway {

/// A socket that is connected to the port on loopback; `receive_buffer`: 0 for the usual size.
inline base::UniqueFd connected_socket(std::uint16_t port, int receive_buffer = 0) {
  base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (receive_buffer > 0) {
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  return socket;
}

/// A client with one connection.
class SocketClient final : private net::Stream::Observer {
 public:
  enum class Reading : std::uint8_t { all, nothing };

  SocketClient(net::EventLoop& loop, std::uint16_t port, std::function<void()> on_change,
               Reading reading = Reading::all)
      : on_change_(std::move(on_change)) {
    base::UniqueFd socket = connected_socket(port, reading == Reading::nothing ? 4096 : 0);
    stream_ =
        net::Stream::adopt(loop, std::move(socket), static_cast<net::Stream::Observer&>(*this), {});
    if (reading == Reading::all) stream_->start();
  }
  ~SocketClient() override { stream_->close(); }

  void get(std::string_view target) {
    stream_->write("GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }

  /// The received bytes.
  [[nodiscard]] const std::string& got() const { return got_; }
  /// Whether the server has closed the connection.
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  std::size_t on_bytes(std::string_view input) override {
    got_ += input;
    on_change_();
    return input.size();
  }
  void on_closed() override {
    ended_ = true;
    on_change_();
  }
  void on_drained() override {}

  std::function<void()> on_change_;
  std::shared_ptr<net::Stream> stream_;
  std::string got_;
  bool ended_ = false;
};

class ServerTest : public testing::Test {
 protected:
  static constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\n";

  ServerTest() {
    // Loopback clients are limited like all others.
    limits_.exempt_clients.clear();
    limits_.linger = 0;
    plan_.routes = {route_at("/api/[id]")};
    plan_.dispatcher = workers_;
  }

  /// Starts the server with `limits_` and, where given, that limit of descriptors.
  void start(std::optional<rlim_t> descriptors = std::nullopt) {
    server_.emplace(loop_, cache_, memory_, limits_, log_);
    if (descriptors) {
      // The limit is lowered only while the server reads it: the test opens more descriptors
      // itself.
      rlimit before{};
      ::getrlimit(RLIMIT_NOFILE, &before);
      const rlimit during{.rlim_cur = *descriptors, .rlim_max = before.rlim_max};
      ::setrlimit(RLIMIT_NOFILE, &during);
      server_->set_limits(limits_);
      ::setrlimit(RLIMIT_NOFILE, &before);
    }
    auto bound = net::bind_sockets("127.0.0.1", 0);
    ASSERT_TRUE(bound) << bound.error().message();
    port_ = bound.value().port;
    server_->listen(std::move(bound.value().sockets));
    server_->serve(site_of(plan_));
  }

  [[nodiscard]] std::unique_ptr<SocketClient> client(
      SocketClient::Reading reading = SocketClient::Reading::all) {
    return std::make_unique<SocketClient>(
        loop_, port_, [this] { check(); }, reading);
  }

  void run_until(std::function<bool()> reached) {
    reached_ = std::move(reached);
    poll();
    loop_.run();
    reached_ = nullptr;
  }
  void turns(int count) {
    run_until([&count] { return count-- <= 0; });
  }

  /// Sends a request for that client and returns its invocation.
  TestDispatcher::Call& ask(SocketClient& client, std::string_view target = "/api/7") {
    const std::size_t before = workers_->calls.size();
    client.get(target);
    run_until([&] { return workers_->calls.size() > before; });
    return workers_->last();
  }

  /// Returns a client that has received a response and keeps its connection open.
  [[nodiscard]] std::unique_ptr<SocketClient> idle_client() {
    auto made = client();
    workers_->respond(ask(*made), 200, "Content-Length: 0\r\n");
    run_until([&] { return made->got().ends_with("\r\n\r\n"); });
    return made;
  }

  std::shared_ptr<TestDispatcher> workers_ = std::make_shared<TestDispatcher>();
  SitePlan plan_;
  ServerLimits limits_;
  net::EventLoop loop_;
  observe::Log log_{false};
  cache::Scopes scopes_;
  std::shared_ptr<base::MemoryBudget> memory_ =
      std::make_shared<base::MemoryBudget>(limits_.memory);
  ResponseCache cache_{scopes_, memory_};
  std::optional<Server> server_;
  std::uint16_t port_ = 0;

 private:
  void check() {
    if (reached_ && reached_()) loop_.stop();
  }
  /// Checks again in each turn of the loop.
  void poll() {
    if (!reached_) return;
    if (reached_()) return loop_.stop();
    loop_.post([this] { poll(); });
  }

  std::function<bool()> reached_;
};

}  // namespace millrace::gateway
