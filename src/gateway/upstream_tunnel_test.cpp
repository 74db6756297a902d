// Tunnels: a client that upgrades its connection, a server, and an upstream, over sockets.
#include <gmock/gmock.h>

#include <algorithm>
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

constexpr std::string_view kUpgrade =
    "GET /socket?a HTTP/1.1\r\nHost: site.example\r\nConnection: keep-alive, Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n";
constexpr std::string_view kSwitched =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Accept: a\r\n\r\n";

class UpstreamTunnelTest : public ServerTest {
 protected:
  void connect() {
    if (!server_) start();
    const auto site = std::const_pointer_cast<Site>(site_of(plan_));
    site->upstream = parse_upstream_url("http://127.0.0.1:" + origin_.port()).value();
    server_->serve(site);
    client_.emplace(loop_, connected_socket(port_), on_change_);
  }

  /// The client asks for the upgrade, and the upstream has the request.
  void ask(std::string_view request = kUpgrade) {
    client_->say(request);
    run_until([&] { return !origin_.peers.empty() && has_head(upstream().got); });
  }

  /// The client has upgraded its connection.
  void open() {
    connect();
    ask();
    upstream().say(kSwitched);
    run_until([&] { return has_head(client_->got); });
  }

  static bool has_head(std::string_view got) { return got.find("\r\n\r\n") != std::string::npos; }
  static std::string_view after_head(std::string_view got) {
    return got.substr(got.find("\r\n\r\n") + 4);
  }

  TestPeer& upstream() { return origin_.peers.front(); }
  [[nodiscard]] std::string_view down() const { return after_head(client_->got); }
  [[nodiscard]] std::string_view up() { return after_head(upstream().got); }

  std::function<void()> on_change_ = [] {};
  TestOrigin origin_{loop_, [] {}};
  std::optional<TestPeer> client_;
};

TEST_F(UpstreamTunnelTest, IsOpenedByTheUpstreams101) {
  open();
  EXPECT_THAT(upstream().got, StartsWith("GET /socket?a HTTP/1.1\r\nhost: site.example\r\n"));
  EXPECT_THAT(upstream().got, HasSubstr("\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n"));
  EXPECT_THAT(upstream().got, HasSubstr("Sec-WebSocket-Key: k\r\n"));
  EXPECT_EQ(client_->got,
            "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: a\r\nconnection: Upgrade\r\n"
            "upgrade: websocket\r\n\r\n");
}

TEST_F(UpstreamTunnelTest, PassesBytesOnInBothDirections) {
  open();
  client_->say("up");
  upstream().say("down");
  run_until([&] { return up() == "up" && down() == "down"; });
  // Nothing is taken for HTTP.
  client_->say("GET /api/7 HTTP/1.1\r\nHost: a\r\n\r\n");
  run_until([&] { return up().ends_with("\r\n\r\n"); });
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(UpstreamTunnelTest, PassesOnWhatFollowsTheHeadsAtOnce) {
  connect();
  ask(std::string(kUpgrade) + "early");
  EXPECT_THAT(upstream().got, Not(HasSubstr("early"))) << "the protocol is not switched yet";
  upstream().say(std::string(kSwitched) + "at once");
  run_until([&] { return up() == "early" && down() == "at once"; });
}

TEST_F(UpstreamTunnelTest, LetsTheUpstreamSayAfterTheClientHasEnded) {
  open();
  client_->say("last");
  client_->end();
  run_until([&] { return upstream().ended; });
  EXPECT_EQ(up(), "last");
  upstream().say("answer");
  upstream().end();
  run_until([&] { return client_->ended; });
  EXPECT_EQ(down(), "answer");
  run_until([&] { return server_->connections() == 0; });
}

TEST_F(UpstreamTunnelTest, IsCountedWhileItIsOpen) {
  open();
  const metrics::TunnelMetrics& counted = server_->metrics().tunnels;
  EXPECT_EQ(counted.open(), 1U);
  client_->break_off();
  run_until([&] { return server_->connections() == 0; });
  EXPECT_EQ(counted.open(), 0U);
  EXPECT_EQ(counted.opened(), 1U);
}

TEST_F(UpstreamTunnelTest, LetsTheClientSayAfterTheUpstreamHasEnded) {
  open();
  upstream().say("last");
  upstream().end();
  run_until([&] { return client_->ended; });
  EXPECT_EQ(down(), "last");
  client_->say("answer");
  client_->end();
  run_until([&] { return upstream().ended; });
  EXPECT_EQ(up(), "answer");
  run_until([&] { return server_->connections() == 0; });
}

TEST_F(UpstreamTunnelTest, IsBrokenOffWithEitherSide) {
  open();
  client_->break_off();
  run_until([&] { return upstream().ended || upstream().closed; });
  run_until([&] { return server_->connections() == 0; });
  client_.emplace(loop_, connected_socket(port_), on_change_);
  client_->say(kUpgrade);
  run_until([&] { return origin_.peers.size() == 2 && has_head(origin_.peers[1].got); });
  origin_.peers[1].say(kSwitched);
  run_until([&] { return has_head(client_->got); });
  origin_.peers[1].break_off();
  run_until([&] { return client_->closed; });
}

TEST_F(UpstreamTunnelTest, HoldsAFastSideBackForASlowOne) {
  open();
  constexpr std::size_t kSize = std::size_t{16} << 20U;
  const std::string text(kSize, 'x');
  // The kernel's buffers, 256 KB of the request's and the client's share.
  constexpr std::size_t kMostHeld = std::size_t{1} << 20U;
  client_->stop_reading();
  upstream().say(text);
  std::size_t still = 0;
  std::size_t before = 0;
  run_until([&] {
    still = upstream().unsent() == before ? still + 1 : 0;
    before = upstream().unsent();
    return still > 1000;
  });
  EXPECT_GT(upstream().unsent(), 0U);
  EXPECT_LT(memory_->used(), kMostHeld);
  client_->read();
  run_until([&] { return down().size() == kSize; });
  upstream().stop_reading();
  client_->say(text);
  still = 0;
  run_until([&] {
    still = client_->unsent() == before ? still + 1 : 0;
    before = client_->unsent();
    return still > 1000;
  });
  EXPECT_GT(client_->unsent(), 0U);
  EXPECT_LT(memory_->used(), kMostHeld);
  upstream().read();
  run_until([&] { return up().size() == kSize; });
}

TEST_F(UpstreamTunnelTest, IsClosedWhenNoByteHasPassedForTheLimit) {
  limits_.tunnel = 0;
  open();
  run_until([&] { return client_->ended && upstream().ended; });
  EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(UpstreamTunnelTest, IsNotOpenedByAnotherStatus) {
  connect();
  ask();
  upstream().say("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno");
  run_until([&] { return client_->got.ends_with("no"); });
  client_->say("GET /api/7 HTTP/1.1\r\nHost: a\r\n\r\n");
  run_until([&] { return !workers_->calls.empty(); });
}

TEST_F(UpstreamTunnelTest, IsNotOpenedWhereTheClientDoesNotAskOrTheProtocolIsHttp) {
  for (const std::string_view fields :
       {"", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: a\r\n",
        "Connection: Upgrade\r\nUpgrade: foo, TLS/1.2\r\n", "Upgrade: websocket\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n"}) {
    connect();
    ask("GET /socket HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n");
    EXPECT_THAT(upstream().got, Not(HasSubstr("pgrade"))) << fields;
    upstream().say(kSwitched);
    run_until([&] { return has_head(client_->got); });
    EXPECT_THAT(client_->got, StartsWith("HTTP/1.1 502 ")) << fields;
    origin_.peers.clear();
  }
}

TEST_F(UpstreamTunnelTest, IsOpenedForAProtocolThatTheClientHasNamed) {
  connect();
  ask("GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo, WebSocket\r\n\r\n");
  upstream().say(kSwitched);
  run_until([&] { return has_head(client_->got); });
  EXPECT_THAT(client_->got, StartsWith("HTTP/1.1 101 "));
}

TEST_F(UpstreamTunnelTest, IsNotOpenedForAnotherProtocol) {
  for (const std::string_view to : {"h2c", "websocket, h2c", "web", ""}) {
    connect();
    ask();
    upstream().say("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: " +
                   std::string(to) + "\r\n\r\n");
    run_until([&] { return has_head(client_->got); });
    EXPECT_THAT(client_->got, StartsWith("HTTP/1.1 502 ")) << to;
    origin_.peers.clear();
  }
}

TEST_F(UpstreamTunnelTest, IsNotOpenedToARoute) {
  connect();
  client_->say(
      "GET /api/7 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  run_until([&] { return !workers_->calls.empty(); });
  workers_->respond(workers_->last(), 200, {}, "plain");
  run_until([&] { return client_->got.ends_with("plain"); });
  EXPECT_TRUE(origin_.peers.empty());
}

}  // namespace
}  // namespace millrace::gateway
