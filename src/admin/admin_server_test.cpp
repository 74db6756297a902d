#include "admin/admin_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "net/stream.hpp"

namespace millrace::admin {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class Echo final : public Handler {
 public:
  Response respond(std::string_view path, std::string_view accept) override {
    ++calls;
    // More than the kernel buffers.
    if (path == "/long") return {.body = std::string(std::size_t{32} * 1024 * 1024, 'x')};
    return {.body = std::string(path) + " for " + std::string(accept)};
  }

  int calls = 0;
};

class Client final : private net::Stream::Observer {
 public:
  Client(net::EventLoop& loop, std::uint16_t port, std::function<void()> on_change)
      : on_change_(std::move(on_change)) {
    base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
    stream_ =
        net::Stream::adopt(loop, std::move(socket), static_cast<net::Stream::Observer&>(*this), {});
  }
  ~Client() override { stream_->close(); }

  Client& read() {
    stream_->start();
    return *this;
  }
  Client& send(std::string_view bytes) {
    stream_->write(bytes);
    return *this;
  }
  Client& get(std::string_view target) {
    return send("GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\nAccept: a/b\r\n\r\n");
  }

  std::string got;
  bool ended = false;

 private:
  std::size_t on_bytes(std::string_view input) override {
    got += input;
    on_change_();
    return input.size();
  }
  void on_closed() override {
    ended = true;
    on_change_();
  }
  void on_drained() override {}

  std::function<void()> on_change_;
  std::shared_ptr<net::Stream> stream_;
};

class AdminServerTest : public testing::Test {
 protected:
  void serve(AdminServer::Times times = {}) {
    auto bound = net::bind_sockets("127.0.0.1", 0);
    ASSERT_TRUE(bound);
    port_ = bound->port;
    server_.emplace(loop_, std::move(bound->sockets), echo_, times);
  }

  Client& connect() {
    return clients_.emplace_back(loop_, port_, [this] { loop_.stop(); });
  }

  /// Runs the loop until the condition holds.
  void run_until(const std::function<bool()>& condition) {
    while (!condition()) {
      tick_.set_after(milliseconds(1));
      loop_.run();
    }
  }

  net::EventLoop loop_;
  net::Timer tick_{loop_, [this] { loop_.stop(); }};
  Echo echo_;
  std::uint16_t port_ = 0;
  std::optional<AdminServer> server_;
  std::list<Client> clients_;
};

TEST_F(AdminServerTest, RespondsOnOneConnectionRepeatedly) {
  serve();
  Client& client = connect().read().get("/a?query").get("/b");
  run_until([&] { return client.got.ends_with("/b for a/b"); });
  EXPECT_THAT(client.got, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("\r\n\r\n/a for a/b"),
                                HasSubstr("Cache-Control: no-store\r\n")));
  EXPECT_FALSE(client.ended);
}

TEST_F(AdminServerTest, RespondsToHeadWithoutABody) {
  serve();
  Client& client = connect().read().send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  run_until([&] { return client.got.ends_with("\r\n\r\n"); });
  EXPECT_THAT(client.got, HasSubstr("Content-Length: 7\r\n"));
}

TEST_F(AdminServerTest, EndsTheConnectionWhereTheClientAsksForIt) {
  serve();
  Client& client = connect().read().send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  run_until([&] { return client.ended; });
  EXPECT_THAT(client.got, EndsWith("\r\n\r\n/a for "));
}

TEST_F(AdminServerTest, RefusesOtherMethodsBodiesAndMalformedRequests) {
  serve();
  Client& post = connect().read().send("DELETE /a HTTP/1.1\r\nHost: x\r\n\r\n");
  Client& body = connect().read().send("GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
  Client& bad = connect().read().send("GET /a HTTP/1.1\r\n\r\n");
  Client& large = connect().read().send("GET /a HTTP/1.1\r\nHost: x\r\nA: " +
                                        std::string(AdminServer::kLongestHead, 'x') + "\r\n\r\n");
  run_until([&] { return post.ended && body.ended && bad.ended && large.ended; });
  EXPECT_THAT(post.got, AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n")));
  EXPECT_THAT(body.got, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(bad.got, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(large.got, StartsWith("HTTP/1.1 431 "));
  EXPECT_EQ(echo_.calls, 0);
}

TEST_F(AdminServerTest, ClosesAConnectionWhoseRequestDoesNotArrive) {
  serve({.request = milliseconds(1), .idle = std::chrono::hours(1)});
  Client& silent = connect().read();
  Client& slow = connect().read().send("GET /");
  run_until([&] { return silent.ended && slow.ended; });
}

TEST_F(AdminServerTest, ClosesAnIdleConnection) {
  serve({.request = std::chrono::hours(1), .idle = milliseconds(1)});
  Client& client = connect().read().get("/a");
  run_until([&] { return client.ended; });
  EXPECT_THAT(client.got, EndsWith("/a for a/b"));
}

TEST_F(AdminServerTest, ClosesAConnectionWhoseClientDoesNotRead) {
  serve({.request = milliseconds(1), .idle = std::chrono::hours(1)});
  Client& client = connect().get("/long");
  run_until([&] { return echo_.calls == 1 && server_->connections() == 0; });
  EXPECT_EQ(client.got, "");
}

TEST_F(AdminServerTest, ClosesTheConnectionThatIsIdleLongestForANewOne) {
  serve();
  for (std::size_t i = 0; i < AdminServer::kMostConnections; ++i) {
    Client& client = connect().read().get("/a");
    run_until([&] { return client.got.ends_with("/a for a/b"); });
  }
  Client& one_more = connect().read().get("/more");
  run_until([&] { return one_more.got.ends_with("/more for a/b") && clients_.front().ended; });
  EXPECT_FALSE(std::next(clients_.begin())->ended);
}

TEST_F(AdminServerTest, RefusesAConnectionWhereNoneIsIdle) {
  serve({.request = std::chrono::hours(1), .idle = std::chrono::hours(1)});
  for (std::size_t i = 0; i < AdminServer::kMostConnections; ++i) {
    connect().read().send("G");
  }
  run_until([&] {
    return server_->connections() == AdminServer::kMostConnections &&
           server_->idle_connections() == 0;
  });
  Client& last = connect().read();
  run_until([&] { return last.ended; });
  for (Client& client : clients_) EXPECT_EQ(client.ended, &client == &last);
}

}  // namespace
}  // namespace millrace::admin
