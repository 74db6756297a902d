#include "serving/predecessor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <thread>

#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "project/test_folder.hpp"
#include "serving/bound_address.hpp"
#include "serving/control_endpoint.hpp"

namespace millrace::serving {
namespace {

using testing::HasSubstr;

/// A server that has listening sockets and hands them over.
class FakePredecessor final : public ControlHandler {
 public:
  explicit FakePredecessor(std::vector<base::UniqueFd> sockets) : sockets_(std::move(sockets)) {}

  ServerStatus status() const override { return {}; }
  void reload(OnReloaded done) override { done(ReloadResponse{}); }
  base::Result<SnapshotResponse> take_snapshot(pid_t /*worker*/) override {
    return SnapshotResponse{};
  }
  ListenersResponse share_listeners(std::vector<int>& descriptors) const override {
    for (const base::UniqueFd& socket : sockets_) descriptors.push_back(socket.get());
    return {.port = bound_address(sockets_.front()).port};
  }
  void hand_over() override { handed_over = true; }

  bool handed_over = false;

 private:
  std::vector<base::UniqueFd> sockets_;
};

class PredecessorTest : public testing::Test {
 protected:
  PredecessorTest() { folder_.write(".millrace/x"); }

  /// Starts a server at `host`; port 0 chooses a free port. Returns the port.
  std::uint16_t start(const std::string& host, std::uint16_t port) {
    auto bound = net::bind_sockets(host, port);
    EXPECT_TRUE(bound) << (bound ? "" : bound.error().message());
    servers_.push_back(std::make_unique<FakePredecessor>(std::move(bound->sockets)));
    auto control = control::ControlSocket::open_for(loop_, folder_.path(), bound->port,
                                                    to_handler(*servers_.back()));
    EXPECT_TRUE(control) << (control ? "" : control.error().message());
    sockets_.push_back(std::move(control).value());
    return bound->port;
  }

  /// Runs the servers while `successor` runs in a thread of its own.
  void while_serving(const std::function<void()>& successor) {
    std::thread thread([&] {
      successor();
      loop_.stop();
    });
    loop_.run();
    thread.join();
  }

  [[nodiscard]] ProductionOptions options(const std::string& host, std::uint16_t port) const {
    ProductionOptions options;
    options.runtime.root = folder_.path();
    options.host = host;
    options.port = port;
    return options;
  }

  project::TestFolder folder_;
  net::EventLoop loop_;
  std::vector<std::unique_ptr<FakePredecessor>> servers_;
  std::vector<std::unique_ptr<control::ControlSocket>> sockets_;
};

TEST_F(PredecessorTest, HandsOverItsSockets) {
  const std::uint16_t port = start("127.0.0.1", 0);
  while_serving([&] {
    auto found = Predecessor::find(options("", port));
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->port(), port);
    const auto sockets = found->take_sockets();
    ASSERT_EQ(sockets.size(), 1U);
    EXPECT_EQ(bound_address(sockets[0]).port, port);
    EXPECT_EQ(found->process(), ::getpid());
    EXPECT_TRUE(found->hand_over());
  });
  EXPECT_TRUE(servers_[0]->handed_over);
}

TEST_F(PredecessorTest, IsChosenByHostIfSeveralServersUseThePort) {
  const std::uint16_t port = start("127.0.0.1", 0);
  start("127.0.0.2", port);
  while_serving([&] {
    auto found = Predecessor::find(options("127.0.0.2", port));
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(bound_address(found->take_sockets().at(0)).host, "127.0.0.2");
    EXPECT_TRUE(found->hand_over());
    auto local = Predecessor::find(options("localhost", port));
    ASSERT_TRUE(local) << local.error().message();
    EXPECT_EQ(bound_address(local->take_sockets().at(0)).host, "127.0.0.1");
  });
  EXPECT_FALSE(servers_[0]->handed_over);
  EXPECT_TRUE(servers_[1]->handed_over);
}

TEST_F(PredecessorTest, AnAmbiguousChoiceIsAnError) {
  const std::uint16_t port = start("127.0.0.1", 0);
  start("127.0.0.2", port);
  while_serving([&] {
    const auto found = Predecessor::find(options("", port));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code(), base::ErrorCode::conflict);
    const auto elsewhere = Predecessor::find(options("127.0.0.3", port));
    ASSERT_FALSE(elsewhere);
    EXPECT_EQ(elsewhere.error().code(), base::ErrorCode::not_found);
  });
}

TEST_F(PredecessorTest, NoRunningServerIsAnError) {
  const auto found = Predecessor::find(options("", 1));
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message(), HasSubstr("runs on port 1"));
}

}  // namespace
}  // namespace millrace::serving
