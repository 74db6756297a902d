// The record that a server makes of each request for its logs and metrics, and request ids.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gateway/testing/test_server.hpp"

namespace millrace::gateway {
namespace {

/// A record whose texts outlive the request.
struct Kept {
  explicit Kept(const observe::RequestRecord& of)
      : record(of), method(of.method), target(of.target), id(of.id), route(of.route) {}

  observe::RequestRecord record;
  std::string method;
  std::string target;
  std::string id;
  std::string route;
};

class ServerRecordTest : public ServerTest, private observe::RequestObserver {
 protected:
  void start_observed() {
    start();
    server_->add_observer(static_cast<observe::RequestObserver&>(*this));
  }

  /// All that happens in one turn of the loop happens at one time.
  TestDispatcher::Call& ask_in_an_earlier_turn(SocketClient& client, std::string_view target) {
    TestDispatcher::Call& call = ask(client, target);
    turns(2);
    return call;
  }

  /// Runs until so many requests are over.
  void run_until_over(std::size_t count) {
    run_until([this, count] { return records_.size() >= count; });
  }

  std::vector<Kept> records_;

 private:
  void on_request_over(const observe::RequestRecord& record) override {
    records_.emplace_back(record);
  }
};

TEST_F(ServerRecordTest, IsMadeOnceForEachRequest) {
  start_observed();
  const auto one = client();
  workers_->respond(ask_in_an_earlier_turn(*one, "/api/7?a=1"), 201, "", "hello");
  run_until_over(1);
  workers_->respond(ask(*one), 200, "Content-Length: 0\r\n");
  run_until_over(2);
  const Kept& first = records_.front();
  EXPECT_EQ(first.method, "GET");
  EXPECT_EQ(first.target, "/api/7?a=1");
  EXPECT_EQ(first.route, "/api/[id]");
  EXPECT_EQ(first.id, "");
  EXPECT_EQ(first.record.status, 201);
  EXPECT_EQ(first.record.sent, 5U);
  EXPECT_EQ(first.record.outcome, observe::RequestOutcome::complete);
  EXPECT_EQ(first.record.origin, observe::ResponseOrigin::worker);
  EXPECT_GE(first.record.total, first.record.queue + first.record.handler);
  EXPECT_GT(first.record.handler.count(), 0);
  EXPECT_EQ(records_.back().record.sent, 0U);
}

TEST_F(ServerRecordTest, CountsTheBytesOfAChunkedBodyWithoutItsFraming) {
  start_observed();
  const auto one = client();
  TestDispatcher::Call& call = ask(*one);
  workers_->respond(call, 200, "", "abc", false);
  workers_->send_body(call, "defg", true);
  run_until_over(1);
  EXPECT_EQ(records_.front().record.sent, 7U);
}

TEST_F(ServerRecordTest, TellsTheTimeInTheQueueFromThatOfTheHandler) {
  start_observed();
  workers_->next = workers::Dispatch::queued;
  const auto one = client();
  workers_->fail_waiting(ask_in_an_earlier_turn(*one, "/api/7"), workers::Failure::unavailable);
  run_until_over(1);
  const observe::RequestRecord& record = records_.front().record;
  EXPECT_EQ(record.status, 503);
  EXPECT_EQ(record.origin, observe::ResponseOrigin::server);
  EXPECT_GT(record.queue.count(), 0);
  EXPECT_EQ(record.handler.count(), 0);
}

TEST_F(ServerRecordTest, SaysThatTheClientHasLeft) {
  start_observed();
  auto one = client();
  ask(*one);
  one.reset();
  run_until_over(1);
  EXPECT_EQ(records_.front().record.status, 0);
  EXPECT_EQ(records_.front().record.outcome, observe::RequestOutcome::client_left);
}

TEST_F(ServerRecordTest, SaysThatTheServerHasCutTheConnection) {
  start_observed();
  const auto one = client();
  TestDispatcher::Call& call = ask(*one);
  workers_->respond(call, 200, "", "abc", false);
  workers_->fail(call, workers::Failure::worker_died);
  run_until_over(1);
  EXPECT_EQ(records_.front().record.status, 200);
  EXPECT_EQ(records_.front().record.outcome, observe::RequestOutcome::cut);
}

TEST_F(ServerRecordTest, IsMadeForARequestThatCannotBeParsed) {
  start_observed();
  const auto one = client();
  one->get("/a b");
  run_until_over(1);
  EXPECT_EQ(records_.front().method, "");
  EXPECT_EQ(records_.front().record.status, 400);
}

TEST_F(ServerRecordTest, HasTheIdOfTheResponse) {
  start_observed();
  server_->identify_requests(true);
  const auto one = client();
  TestDispatcher::Call& call = ask(*one);
  const std::string fields = call.fields;
  workers_->respond(call, 200, "", "x");
  run_until_over(1);
  const std::string& id = records_.front().id;
  EXPECT_EQ(id.size(), observe::kMadeRequestId);
  EXPECT_NE(fields.find("X-Request-Id: " + id + "\r\n"), std::string::npos) << fields;
  run_until([&] { return one->got().ends_with("x"); });
  EXPECT_NE(one->got().find("X-Request-Id: " + id + "\r\n"), std::string::npos) << one->got();
}

TEST_F(ServerRecordTest, LeavesTheIdThatARouteSends) {
  start_observed();
  server_->identify_requests(true);
  const auto one = client();
  workers_->respond(ask(*one), 200, "x-request-id: own\r\n", "x");
  run_until([&] { return one->got().ends_with("x"); });
  EXPECT_EQ(one->got().find("X-Request-Id"), std::string::npos) << one->got();
}

}  // namespace
}  // namespace millrace::gateway
