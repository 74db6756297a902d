// Which clients are admitted, which are evicted or cut, and how a server shuts down.
#include "gateway/server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "gateway/testing/test_server.hpp"

namespace millrace::gateway {
namespace {

/// Returns how often `text` occurs in `all`.
std::size_t count(std::string_view all, std::string_view text) {
  std::size_t found = 0;
  for (std::size_t at = all.find(text); at != std::string_view::npos; at = all.find(text, at + 1)) {
    ++found;
  }
  return found;
}

/// Captures stderr during the test.
class ServerLimitsTest : public ServerTest {
 protected:
  ServerLimitsTest() { testing::internal::CaptureStderr(); }
  ~ServerLimitsTest() override {
    if (capturing_) testing::internal::GetCapturedStderr();
  }

  [[nodiscard]] std::string log_text() {
    capturing_ = false;
    return testing::internal::GetCapturedStderr();
  }

 private:
  bool capturing_ = true;
};

TEST_F(ServerLimitsTest, RejectsAConnectionBeyondTheTotalLimit) {
  limits_.connections = 1;
  start();
  const auto first = client();
  ask(*first);
  const auto second = client();
  run_until([&] { return second->ended(); });
  EXPECT_TRUE(second->got().starts_with("HTTP/1.1 503 Service Unavailable\r\n")) << second->got();
  EXPECT_TRUE(second->got().ends_with("\r\n\r\nService Unavailable: too many connections\n"));
  EXPECT_NE(second->got().find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_NE(log_text().find("there are 1 connections; further ones get a 503"), std::string::npos);
  EXPECT_FALSE(first->ended());
}

TEST_F(ServerLimitsTest, RejectsAConnectionBeyondTheLimitPerClient) {
  limits_.connections_per_client = 1;
  start();
  const auto first = client();
  ask(*first);
  const auto second = client();
  run_until([&] { return second->ended(); });
  EXPECT_TRUE(second->got().starts_with("HTTP/1.1 429 Too Many Requests\r\n")) << second->got();
  EXPECT_NE(log_text().find("127.0.0.1 has 1 connections; further ones get a 429"),
            std::string::npos);
}

TEST_F(ServerLimitsTest, SendsCompleteResponsesToRejectedClients) {
  limits_.connections = 1;
  limits_.connections_per_client = 2;
  start();
  const auto first = client();
  ask(*first);
  const auto full = client();
  run_until([&] { return full->ended(); });
  limits_.connections_per_client = 1;
  server_->set_limits(limits_);
  const auto own = client();
  run_until([&] { return own->ended(); });
  for (const auto* one : {&full, &own}) {
    const std::string& got = (*one)->got();
    const std::size_t body = got.find("\r\n\r\n") + 4;
    EXPECT_NE(got.find("Content-Length: " + std::to_string(got.size() - body) + "\r\n"),
              std::string::npos)
        << got;
  }
}

TEST_F(ServerLimitsTest, AnIdleConnectionIsEvictedForANewOne) {
  limits_.connections = 1;
  start();
  const auto first = idle_client();
  const auto second = client();
  workers_->respond(ask(*second), 200, {});
  run_until([&] { return first->ended() && second->got().starts_with(kOk); });
  EXPECT_EQ(server_->connections(), 1U);
  EXPECT_EQ(log_text(), "");
}

TEST_F(ServerLimitsTest, TheLongestIdleConnectionIsEvictedWithinTheSameSecondToo) {
  limits_.connections = 3;
  start();
  std::vector<std::unique_ptr<SocketClient>> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(idle_client());
  // The second connection has now been idle longest, then the third.
  for (const std::size_t again : {2U, 0U}) {
    workers_->respond(ask(*clients[again]), 200, "Content-Length: 0\r\n");
    run_until([&] { return count(clients[again]->got(), kOk) == 2; });
  }
  for (const std::size_t next : {1U, 2U, 0U}) {
    clients.push_back(idle_client());
    run_until([&] { return clients[next]->ended(); });
  }
}

TEST_F(ServerLimitsTest, AClientsOwnIdleConnectionIsEvictedForItsNewOne) {
  limits_.connections_per_client = 1;
  start();
  const auto first = idle_client();
  const auto second = client();
  workers_->respond(ask(*second), 200, {});
  run_until([&] { return first->ended() && second->got().starts_with(kOk); });
}

TEST_F(ServerLimitsTest, AConnectionWithARequestIsNotEvicted) {
  limits_.connections = 2;
  start();
  const auto idle = idle_client();
  const auto busy = client();
  TestDispatcher::Call& call = ask(*busy);
  const auto third = client();
  workers_->respond(ask(*third), 200, {});
  run_until([&] { return idle->ended(); });
  EXPECT_FALSE(busy->ended());
  EXPECT_FALSE(call.aborted);
}

TEST_F(ServerLimitsTest, ExemptClientsHaveNoLimitOfTheirOwn) {
  limits_.connections_per_client = 1;
  limits_.exempt_clients = {*base::IpNetwork::parse("127.0.0.0/8")};
  start();
  const auto first = client();
  ask(*first);
  const auto second = client();
  ask(*second);
  EXPECT_EQ(server_->connections(), 2U);
}

TEST_F(ServerLimitsTest, NewLimitsApplyToNewConnections) {
  start();
  const auto first = client();
  TestDispatcher::Call& call = ask(*first);
  const auto second = client();
  ask(*second);
  limits_.connections = 1;
  server_->set_limits(limits_);
  const auto third = client();
  run_until([&] { return third->ended(); });
  workers_->respond(call, 200, {});
  run_until([&] { return first->got().starts_with(kOk); });
}

TEST_F(ServerLimitsTest, GivesClientsAtMostHalfOfTheDescriptorsWhereThereAreFew) {
  start(20);
  std::vector<ClientTable::Lease> leases;
  for (int i = 0; i < 10; ++i) leases.push_back(server_->take_descriptor());
  EXPECT_TRUE(leases.back());
  EXPECT_EQ(server_->take_descriptor(), nullptr);
  EXPECT_EQ(server_->take_descriptor(), nullptr);
  EXPECT_EQ(count(log_text(), "all 10 file descriptors for clients are in use"), 1U)
      << "once a minute is enough";
  leases.pop_back();
  EXPECT_NE(server_->take_descriptor(), nullptr);
}

TEST_F(ServerLimitsTest, KeepsTheReserveOfDescriptorsFree) {
  limits_.descriptor_reserve = 15;
  start(40);
  std::vector<ClientTable::Lease> leases;
  for (int i = 0; i < 25; ++i) leases.push_back(server_->take_descriptor());
  EXPECT_TRUE(leases.back());
  EXPECT_EQ(server_->take_descriptor(), nullptr);
}

TEST_F(ServerLimitsTest, AnIdleConnectionIsEvictedForAFile) {
  start(4);
  const auto idle = idle_client();
  const auto one = server_->take_descriptor();
  const auto two = server_->take_descriptor();
  EXPECT_TRUE(two) << "there are two for clients, and the connection had one";
  run_until([&] { return idle->ended(); });
}

TEST_F(ServerLimitsTest, ConnectionsCountAsDescriptors) {
  start(4);
  const auto first = client();
  ask(*first);
  const auto lease = server_->take_descriptor();
  const auto second = client();
  run_until([&] { return second->ended(); });
  EXPECT_TRUE(second->got().starts_with("HTTP/1.1 503")) << second->got();
}

TEST_F(ServerLimitsTest, LogsEachNoticeOnce) {
  start();
  server_->log_notice(Notice::file, "the first");
  server_->log_notice(Notice::file, "the second");
  server_->log_notice(Notice::memory, "another");
  const std::string text = log_text();
  EXPECT_EQ(count(text, "the first"), 1U);
  EXPECT_EQ(count(text, "the second"), 0U);
  EXPECT_EQ(count(text, "another"), 1U);
}

class ServerMemoryTest : public ServerLimitsTest {
 protected:
  /// A client that does not read its response.
  struct Holder {
    std::unique_ptr<SocketClient> client;
    TestDispatcher::Call* call = nullptr;
    std::size_t sent = 0;
  };

  static constexpr std::size_t kPiece = std::size_t{32} * 1024;

  /// Sends pieces until the server holds some of them or, with `all`, until it takes no more.
  Holder holder(bool all) {
    Holder made;
    made.client = client(SocketClient::Reading::nothing);
    made.call = &ask(*made.client);
    workers_->respond(*made.call, 200, {}, {}, false);
    const std::size_t before = memory_->used();
    while (takes(made) && (all || memory_->used() == before)) send(made);
    EXPECT_GT(memory_->used(), before);
    return made;
  }

  static bool takes(const Holder& holder) {
    return holder.sent + kPiece <= protocol::kInitialCredit + holder.call->granted;
  }

  void send(Holder& holder) {
    workers_->send_body(*holder.call, std::string(kPiece, 'x'));
    holder.sent += kPiece;
  }
};

TEST_F(ServerMemoryTest, TheClientThatHoldsMostIsCutFirst) {
  start();
  Holder little = holder(false);
  const Holder much = holder(true);
  limits_.memory = memory_->used() - 1;
  server_->set_limits(limits_);
  send(little);
  run_until([&] { return much.call->aborted.has_value(); });
  turns(3);
  EXPECT_FALSE(little.call->aborted) << "half is free without it";
  EXPECT_LE(memory_->used(), limits_.memory / 2);
  EXPECT_EQ(server_->connections(), 1U);
  EXPECT_EQ(count(log_text(), "clients that do not read are cut"), 1U);
}

TEST_F(ServerMemoryTest, NoClientIsCutWhileThereIsMemory) {
  start();
  Holder one = holder(true);
  const Holder other = holder(true);
  turns(3);
  EXPECT_FALSE(one.call->aborted);
  EXPECT_FALSE(other.call->aborted);
  EXPECT_EQ(server_->connections(), 2U);
}

TEST_F(ServerMemoryTest, MemoryIsReleasedWhenAClientLeaves) {
  start();
  Holder one = holder(true);
  EXPECT_GT(memory_->used(), 0U);
  one.client.reset();
  run_until([&] { return server_->connections() == 0; });
  EXPECT_EQ(memory_->used(), 0U);
  EXPECT_EQ(one.call->aborted, link::AbortReason::client_gone);
}

class ServerLifeTest : public ServerTest {
 protected:
  void shut_down() {
    server_->shut_down([this] { ++done_; });
  }

  int done_ = 0;
};

TEST_F(ServerLifeTest, RequestsWaitWhilePaused) {
  start();
  const auto one = client();
  workers_->respond(ask(*one), 200, {});
  server_->pause();
  one->get("/api/8");
  turns(10);
  EXPECT_EQ(workers_->calls.size(), 1U);
  plan_.generation = 8;
  server_->serve(site_of(plan_));
  run_until([&] { return workers_->calls.size() == 2; });
  EXPECT_EQ(workers_->last().generation, 8U);
}

TEST_F(ServerLifeTest, AClientMayLeaveWhileItsRequestWaits) {
  start();
  server_->pause();
  auto one = client();
  one->get("/api/8");
  turns(10);
  one.reset();
  run_until([&] { return server_->connections() == 0; });
  server_->serve(site_of(plan_));
  turns(3);
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ServerLifeTest, ShutsDownAtOnceWithoutConnections) {
  start();
  shut_down();
  EXPECT_EQ(done_, 0) << "it says so from the loop";
  run_until([&] { return done_ > 0; });
  turns(3);
  EXPECT_EQ(done_, 1);
}

TEST_F(ServerLifeTest, ShutdownClosesIdleConnectionsAndLetsRequestsEnd) {
  start();
  const auto idle = idle_client();
  const auto busy = client();
  TestDispatcher::Call& call = ask(*busy);
  shut_down();
  run_until([&] { return idle->ended(); });
  EXPECT_EQ(done_, 0);
  EXPECT_FALSE(busy->ended());
  workers_->respond(call, 200, {}, "body");
  run_until([&] { return done_ > 0 && busy->ended(); });
  EXPECT_NE(busy->got().find("Connection: close\r\n"), std::string::npos) << busy->got();
  EXPECT_TRUE(busy->got().ends_with("body"));
  EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(ServerLifeTest, ARecentlyBusyConnectionMaySendAnotherRequest) {
  limits_.linger = 3600;
  start();
  const auto idle = idle_client();
  shut_down();
  workers_->respond(ask(*idle), 200, {});
  run_until([&] { return idle->ended() && done_ > 0; });
  EXPECT_EQ(count(idle->got(), "HTTP/1.1 200 OK\r\n"), 2U);
}

}  // namespace
}  // namespace millrace::gateway
