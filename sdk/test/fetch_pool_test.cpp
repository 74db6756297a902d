#include "fetch/pool.hpp"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <vector>

#include "test_client.hpp"
#include "test_server.hpp"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using client::Clock;
using client::Connection;
using client::ConnectionPool;
using test::Reply;
using test::ServerRequest;
using test::TestClient;
using test::TestServer;
using Reason = FetchError::Reason;

class Pool : public testing::Test {
 protected:
  std::unique_ptr<Connection> connect(const std::string& key) {
    auto connection = std::make_unique<Connection>(loop_.get_executor(), key);
    connection->tcp.socket().connect(acceptor_.local_endpoint());
    peers_.push_back(acceptor_.accept());
    return connection;
  }

  const Clock::time_point now_ = Clock::now();
  boost::asio::io_context loop_;
  tcp::acceptor acceptor_{loop_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  std::vector<tcp::socket> peers_;
  ConnectionPool& pool_ = ConnectionPool::of(loop_.get_executor());
};

TEST_F(Pool, IsTheSameForOneLoop) {
  boost::asio::io_context other;
  EXPECT_EQ(&ConnectionPool::of(loop_.get_executor()), &pool_);
  EXPECT_NE(&ConnectionPool::of(other.get_executor()), &pool_);
}

TEST_F(Pool, ReturnsTheMostRecentlyUsed) {
  auto first = connect("a");
  auto second = connect("a");
  Connection* const last = second.get();
  pool_.put(std::move(first), now_ + 30s);
  pool_.put(std::move(second), now_ + 30s);
  EXPECT_EQ(pool_.take("b", now_), nullptr);
  EXPECT_EQ(pool_.take("a", now_).get(), last);
  EXPECT_NE(pool_.take("a", now_), nullptr);
  EXPECT_EQ(pool_.take("a", now_), nullptr);
}

TEST_F(Pool, ExpiresConnections) {
  pool_.put(connect("a"), now_ + 30s);
  pool_.put(connect("a"), now_ + 40s);
  EXPECT_EQ(pool_.take("b", now_ + 29s), nullptr);
  EXPECT_EQ(pool_.size(), 2U);
  EXPECT_EQ(pool_.take("b", now_ + 30s), nullptr);
  EXPECT_EQ(pool_.size(), 1U);
  EXPECT_EQ(pool_.take("a", now_ + 40s), nullptr);
  EXPECT_EQ(pool_.size(), 0U);
}

TEST_F(Pool, KeepsEightPerKey) {
  Connection* oldest = nullptr;
  for (std::size_t i = 0; i <= ConnectionPool::kMaxOfKey; ++i) {
    auto connection = connect("a");
    if (i == 0) oldest = connection.get();
    pool_.put(std::move(connection), now_ + 30s);
  }
  EXPECT_EQ(pool_.size(), 8U);
  std::vector<std::unique_ptr<Connection>> taken;
  while (auto connection = pool_.take("a", now_)) taken.push_back(std::move(connection));
  EXPECT_EQ(taken.size(), 8U);
  EXPECT_NE(taken.back().get(), oldest);
}

TEST_F(Pool, KeepsSixtyFourInTotal) {
  for (std::size_t i = 0; i <= ConnectionPool::kMaxOfAll; ++i) {
    pool_.put(connect(std::to_string(i)), now_ + 30s);
  }
  EXPECT_EQ(pool_.size(), 64U);
  EXPECT_EQ(pool_.take("0", now_), nullptr);
  EXPECT_NE(pool_.take("1", now_), nullptr);
}

TEST_F(Pool, ReturnsNoneThatIsClosedOrHasSentData) {
  pool_.put(connect("closed"), now_ + 30s);
  peers_.back().close();
  EXPECT_EQ(pool_.take("closed", now_), nullptr);
  pool_.put(connect("spoken"), now_ + 30s);
  boost::asio::write(peers_.back(), boost::asio::buffer("x", 1));
  EXPECT_EQ(pool_.take("spoken", now_), nullptr);
  EXPECT_EQ(pool_.size(), 0U);
}

TEST(FetchKeepAlive, SendsTheNextRequestOnTheSameConnection) {
  TestServer server([](const ServerRequest&) { return Reply{test::ok("x")}; });
  TestClient client;
  for (int i = 0; i < 3; ++i) (void)client.fetch(server.url("/"));
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST(FetchKeepAlive, EndsWithConnectionClose) {
  for (const std::string fields : {"Connection: close\r\n", "Keep-Alive: timeout=1\r\n"}) {
    TestServer server([&fields](const ServerRequest&) { return Reply{test::ok("x", fields)}; });
    TestClient client;
    for (int i = 0; i < 2; ++i) (void)client.fetch(server.url("/"));
    EXPECT_EQ(server.connections(), 2U) << fields;
  }
}

TEST(FetchKeepAlive, EndsAfterUnexpectedBytes) {
  TestServer server(
      [](const ServerRequest&) { return Reply{test::ok("x") + "HTTP/1.1 200 OK\r\n"}; });
  TestClient client;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(client.fetch(server.url("/")).text(), "x");
  EXPECT_EQ(server.connections(), 2U);
}

TEST(FetchKeepAlive, ClosesTheConnectionOnFailure) {
  TestServer server([](const ServerRequest&) { return Reply{test::ok("123456")}; });
  TestClient client;
  FetchOptions options;
  options.max_body = 5;
  EXPECT_TRUE(client.failure(server.url("/"), options));
  EXPECT_EQ(client.fetch(server.url("/")).text(), "123456");
  EXPECT_EQ(server.connections(), 2U);
}

TEST(FetchKeepAlive, UsesNoClosedConnection) {
  TestServer server([](const ServerRequest&) { return Reply{test::ok("x"), Reply::Then::close}; });
  TestClient client;
  (void)client.fetch(server.url("/"));
  server.wait_for_closed(1);
  // Not idempotent, so it cannot be sent again.
  EXPECT_EQ(client.fetch(server.url("/"), FetchOptions("POST", "a")).text(), "x");
  EXPECT_EQ(server.requests().size(), 2U);
}

/// Responds to the first request of each connection and closes it at the second, after sending
/// `begun`.
TestServer::Handler closes_at_second(std::string begun = {}) {
  return [begun = std::move(begun), count = 0](const ServerRequest&) mutable {
    return ++count == 2 ? Reply{begun, Reply::Then::close} : Reply{test::ok("x")};
  };
}

TEST(FetchKeepAlive, SendsIdempotentRequestsOnceMore) {
  for (const std::string method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}) {
    TestServer server(closes_at_second());
    TestClient client;
    (void)client.fetch(server.url("/"));
    EXPECT_EQ(client.fetch(server.url("/"), FetchOptions(method)).status(), 200) << method;
    EXPECT_EQ(server.requests().size(), 3U) << method;
    EXPECT_EQ(server.connections(), 2U) << method;
  }
}

TEST(FetchKeepAlive, SendsOtherRequestsOnlyOnce) {
  for (const std::string method : {"POST", "PATCH", "LOCK"}) {
    TestServer server(closes_at_second());
    TestClient client;
    (void)client.fetch(server.url("/"));
    const auto error = client.failure(server.url("/"), FetchOptions(method));
    ASSERT_TRUE(error) << method;
    EXPECT_EQ(error->reason(), Reason::network) << method;
    EXPECT_EQ(server.requests().size(), 2U) << method;
  }
}

TEST(FetchKeepAlive, DoesNotRepeatAfterTheResponseHasBegun) {
  for (const std::string begun : {"H", "HTTP/1.1 103 Early Hints\r\n\r\n"}) {
    TestServer server(closes_at_second(begun));
    TestClient client;
    (void)client.fetch(server.url("/"));
    EXPECT_TRUE(client.failure(server.url("/"))) << begun;
    EXPECT_EQ(server.requests().size(), 2U) << begun;
  }
}

}  // namespace
}  // namespace millrace
