#include "serving/control_endpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "project/test_folder.hpp"
#include "serving/control_client.hpp"

namespace millrace::serving {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Records the requests and carries out none of them.
class FakeServer final : public ControlHandler {
 public:
  ServerStatus status() const override {
    return {.pid = 7, .port = 3000, .build = "b", .rss = 1, .pools = {}};
  }
  void reload(OnReloaded done) override {
    calls.emplace_back("reload");
    reloads.push_back(std::move(done));
  }
  base::Result<SnapshotResponse> take_snapshot(pid_t worker) override {
    calls.push_back("snapshot " + std::to_string(worker));
    if (worker != 42)
      return base::Error(base::ErrorCode::not_found, "no worker has this process id");
    return SnapshotResponse{.path = "/42.heapsnapshot"};
  }
  ListenersResponse share_listeners(std::vector<int>& descriptors) const override {
    descriptors.push_back(STDIN_FILENO);
    return {.port = 3000};
  }
  void hand_over() override { calls.emplace_back("hand over"); }

  std::vector<std::string> calls;
  std::vector<OnReloaded> reloads;
};

class ControlEndpointTest : public testing::Test {
 protected:
  /// Returns what the server sends in response to a line; empty until it responds.
  std::string ask(std::string_view line) {
    std::string sent;
    handle_control_request(
        line,
        [&](std::string_view text, const std::vector<int>& descriptors) {
          sent = text;
          sent_descriptors_ = descriptors;
          calls_before_response_ = server_.calls;
        },
        server_);
    return sent;
  }

  template <typename Request>
  base::Result<typename Request::Response> ask(const Request& request) {
    return decode_response<typename Request::Response>(ask(encode_request(request)));
  }

  FakeServer server_;
  std::vector<int> sent_descriptors_;
  std::vector<std::string> calls_before_response_;
};

TEST_F(ControlEndpointTest, ReturnsTheStatus) {
  const auto status = ask(StatusRequest{});
  ASSERT_TRUE(status);
  EXPECT_EQ(status->pid, 7);
  EXPECT_THAT(sent_descriptors_, IsEmpty());
}

TEST_F(ControlEndpointTest, RespondsToAReloadWhenItIsDone) {
  std::string sent;
  handle_control_request(
      encode_request(ReloadRequest{}),
      [&](std::string_view text, const std::vector<int>&) { sent = text; }, server_);
  ASSERT_EQ(server_.reloads.size(), 1U);
  EXPECT_EQ(sent, "");
  server_.reloads[0](ReloadResponse{.build = "2-b"});
  EXPECT_EQ(decode_response<ReloadResponse>(sent)->build, "2-b");
}

TEST_F(ControlEndpointTest, ReportsWhyAReloadFailed) {
  std::string sent;
  handle_control_request(
      encode_request(ReloadRequest{}),
      [&](std::string_view text, const std::vector<int>&) { sent = text; }, server_);
  server_.reloads.at(0)(base::Error(base::ErrorCode::broken, "/api/a cannot be loaded"));
  const auto response = decode_response<ReloadResponse>(sent);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().message(), "/api/a cannot be loaded");
}

TEST_F(ControlEndpointTest, MakesAWorkerWriteASnapshot) {
  EXPECT_EQ(ask(SnapshotRequest{.pid = 42})->path, "/42.heapsnapshot");
  EXPECT_THAT(server_.calls, ElementsAre("snapshot 42"));
}

TEST_F(ControlEndpointTest, RejectsInvalidProcessIds) {
  for (const std::int64_t pid : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 40}) {
    EXPECT_EQ(ask(SnapshotRequest{.pid = pid}).error().code(), base::ErrorCode::not_found);
  }
  EXPECT_THAT(server_.calls, IsEmpty());
  EXPECT_EQ(ask(SnapshotRequest{.pid = 41}).error().code(), base::ErrorCode::not_found);
  EXPECT_THAT(server_.calls, ElementsAre("snapshot 41"));
}

TEST_F(ControlEndpointTest, SharesItsListeners) {
  EXPECT_EQ(ask(ListenersRequest{})->port, 3000);
  EXPECT_THAT(sent_descriptors_, ElementsAre(STDIN_FILENO));
}

TEST_F(ControlEndpointTest, RespondsBeforeItHandsOver) {
  EXPECT_TRUE(ask(HandoverRequest{}));
  EXPECT_THAT(calls_before_response_, IsEmpty());
  EXPECT_THAT(server_.calls, ElementsAre("hand over"));
}

TEST_F(ControlEndpointTest, RefusesInvalidRequestsWithoutCallingTheHandler) {
  for (const auto* line : {"", "reload", R"({"command":"reload","version":2})",
                           R"({"command":"reload","now":true})", R"({"command":"restart"})"}) {
    const auto response = decode_response<ReloadResponse>(ask(line));
    ASSERT_FALSE(response) << line;
    EXPECT_EQ(response.error().code(), base::ErrorCode::invalid) << line;
  }
  EXPECT_THAT(server_.calls, IsEmpty());
}

TEST_F(ControlEndpointTest, IsReachedOverItsSocket) {
  const project::TestFolder folder;
  folder.write(".millrace/x");
  net::EventLoop loop;
  auto opened = control::ControlSocket::open_for(loop, folder.path(), 3000, to_handler(server_));
  ASSERT_TRUE(opened) << opened.error().message();
  const auto ask_everything = [&] {
    const auto servers = control::running_servers(folder.path());
    ASSERT_EQ(servers.size(), 1U);
    const auto status = call(servers[0], StatusRequest{}, seconds(60));
    EXPECT_TRUE(status && status->response.build == "b");
    const auto listeners = call(servers[0], ListenersRequest{}, seconds(60));
    EXPECT_TRUE(listeners && listeners->descriptors.size() == 1);
    const auto none = call(servers[0], SnapshotRequest{.pid = 1}, seconds(60));
    EXPECT_FALSE(none);
    EXPECT_EQ(none.error().message(), "the server on port 3000: no worker has this process id");
  };
  std::thread client([&] {
    ask_everything();
    loop.stop();
  });
  loop.run();
  client.join();
}

}  // namespace
}  // namespace millrace::serving
