// Tunnels to workers: a client that upgrades its connection and a server, over a socket, and a
// worker that the test plays.
#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <utility>

#include "gateway/testing/test_origin.hpp"
#include "gateway/testing/test_server.hpp"

namespace millrace::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kUpgradeRequest =
    "GET /api/7?a HTTP/1.1\r\nHost: site.example\r\nConnection: keep-alive, Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n";
constexpr std::string_view kAccepted = "Upgrade: websocket\r\nSec-WebSocket-Accept: a\r\n";

class WorkerTunnelTest : public ServerTest {
 protected:
  /// The client asks for the upgrade, and the worker has the request.
  void ask(std::string_view request = kUpgradeRequest) {
    if (!server_) start();
    client_.emplace(loop_, connected_socket(port_), on_change_);
    client_->say(request);
    run_until([&] { return !workers_->calls.empty(); });
  }

  void open(std::string_view request = kUpgradeRequest) {
    ask(request);
    workers_->accept(call(), kAccepted);
    run_until([&] { return client_->got.find("\r\n\r\n") != std::string::npos; });
  }

  TestDispatcher::Call& call() { return workers_->last(); }
  [[nodiscard]] std::string down() const {
    return client_->got.substr(client_->got.find("\r\n\r\n") + 4);
  }

  std::function<void()> on_change_ = [] {};
  std::optional<TestPeer> client_;
};

TEST_F(WorkerTunnelTest, IsOfferedToTheRoute) {
  ask();
  EXPECT_TRUE(call().upgrade);
  EXPECT_FALSE(call().has_body);
  EXPECT_THAT(call().fields, HasSubstr("Upgrade: websocket\r\n"));
}

TEST_F(WorkerTunnelTest, IsNotOfferedForAnotherVersionOfHttp) {
  ask("GET /api/7 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
  EXPECT_FALSE(call().upgrade);
}

TEST_F(WorkerTunnelTest, IsOpenedByTheWorker) {
  open();
  EXPECT_EQ(client_->got,
            "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: a\r\nconnection: Upgrade\r\n"
            "upgrade: websocket\r\n\r\n");
}

TEST_F(WorkerTunnelTest, PassesBytesOnInBothDirections) {
  open(std::string(kUpgradeRequest) + "early");
  run_until([&] { return call().body == "early"; });
  client_->say("GET / HTTP/1.1\r\n\r\n");
  workers_->send_body(call(), "down");
  run_until([&] { return call().body.ends_with("\r\n\r\n") && down() == "down"; });
  EXPECT_EQ(workers_->calls.size(), 1U);
  EXPECT_EQ(call().granted, 4U);
}

TEST_F(WorkerTunnelTest, IsServedAsAnOrdinaryRequestWhereTheRouteIgnoresIt) {
  ask();
  workers_->respond(call(), 200, "X: y\r\n", "plain");
  run_until([&] { return client_->got.ends_with("plain"); });
  EXPECT_THAT(client_->got, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(client_->got, HasSubstr("Connection: keep-alive\r\n"));
}

TEST_F(WorkerTunnelTest, IsRejectedForAProtocolThatWasNotOffered) {
  ask();
  workers_->accept(call(), "Upgrade: other\r\n");
  run_until([&] { return client_->got.find("\r\n\r\n") != std::string::npos; });
  EXPECT_THAT(client_->got, StartsWith("HTTP/1.1 502 "));
  EXPECT_EQ(call().aborted, link::AbortReason::protocol_error);
}

TEST_F(WorkerTunnelTest, EndsWhenBothSidesHaveEnded) {
  open();
  client_->say("last");
  client_->end();
  run_until([&] { return call().body_ended; });
  EXPECT_EQ(call().body, "last");
  workers_->send_body(call(), "answer");
  workers_->send_body(call(), {}, true);
  run_until([&] { return client_->ended && server_->connections() == 0; });
  EXPECT_EQ(down(), "answer");
  EXPECT_EQ(call().invocation, nullptr);
}

TEST_F(WorkerTunnelTest, LetsTheClientSayAfterTheWorkerHasEnded) {
  open();
  workers_->send_body(call(), "last", true);
  run_until([&] { return client_->ended; });
  EXPECT_EQ(down(), "last");
  client_->say("answer");
  client_->end();
  run_until([&] { return server_->connections() == 0; });
  EXPECT_EQ(call().body, "answer");
}

TEST_F(WorkerTunnelTest, DeliversWhatTheWorkerSentBeforeItClosed) {
  open();
  const std::string much(200'000, 'x');
  workers_->send_body(call(), much);
  workers_->fail(call(), workers::Failure::tunnel_closed);
  run_until([&] { return client_->ended && server_->connections() == 0; });
  EXPECT_EQ(down(), much);
}

TEST_F(WorkerTunnelTest, IsCutWithItsWorker) {
  open();
  workers_->fail(call(), workers::Failure::worker_died);
  run_until([&] { return server_->connections() == 0; });
  EXPECT_EQ(down(), "");
}

TEST_F(WorkerTunnelTest, IsAbortedWithItsClient) {
  open();
  client_->break_off();
  run_until([&] { return call().aborted.has_value(); });
  EXPECT_EQ(call().aborted, link::AbortReason::client_gone);
}

TEST_F(WorkerTunnelTest, TakesNoMoreThanTheWorkersCredit) {
  open();
  client_->say(std::string(400'000, 'x'));
  run_until([&] { return call().body.size() == protocol::kInitialCredit; });
  workers_->grant(call(), 200'000);
  run_until([&] { return call().body.size() == 400'000; });
}

TEST_F(WorkerTunnelTest, IsDrainedAtShutdownAndCutAfterTheGrace) {
  limits_.grace = 1;
  open();
  bool done = false;
  server_->shut_down([&] { done = true; });
  EXPECT_EQ(call().drains, 1);
  workers_->send_body(call(), "goodbye");
  run_until([&] { return done; });
  EXPECT_EQ(down(), "goodbye");
  EXPECT_EQ(call().aborted, link::AbortReason::client_gone);
}

}  // namespace
}  // namespace millrace::gateway
