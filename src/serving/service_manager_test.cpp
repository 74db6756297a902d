#include "serving/service_manager.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "project/test_folder.hpp"

namespace millrace::serving {
namespace {

/// Receives what the process sends to its service manager.
class ServiceManagerTest : public testing::Test {
 protected:
  ServiceManagerTest() {
    const std::string path = (folder_.path() / "notify").string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~ServiceManagerTest() override { ::unsetenv("NOTIFY_SOCKET"); }

  /// Returns the next message; empty if there is none.
  [[nodiscard]] std::string received() const {
    char text[128] = {};
    return ::recv(socket_.get(), text, sizeof text - 1, MSG_DONTWAIT) > 0 ? text : "";
  }

  project::TestFolder folder_;
  base::UniqueFd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_F(ServiceManagerTest, ReceivesNotifications) {
  notify_service_manager("READY=1");
  EXPECT_EQ(received(), "READY=1");
}

TEST_F(ServiceManagerTest, ReceivesTheStatesOfAServer) {
  net::EventLoop loop;
  ServiceManager manager(loop);
  manager.ready(3000);
  EXPECT_EQ(received(),
            "READY=1\nMAINPID=" + std::to_string(::getpid()) + "\nSTATUS=serving on port 3000");
  manager.reloading();
  EXPECT_EQ(received(), "RELOADING=1");
  manager.reloaded();
  EXPECT_EQ(received(), "READY=1");
  manager.stopping();
  EXPECT_EQ(received(), "STOPPING=1");
}

TEST_F(ServiceManagerTest, OverlappingReloadsAreReportedAsOne) {
  net::EventLoop loop;
  ServiceManager manager(loop);
  manager.reloading();
  manager.reloading();
  manager.reloaded();
  EXPECT_EQ(received(), "RELOADING=1");
  EXPECT_EQ(received(), "");
  manager.reloaded();
  EXPECT_EQ(received(), "READY=1");
}

TEST(ServiceManager, CanBeAbsent) {
  notify_service_manager("READY=1");
  EXPECT_TRUE(sockets_of_service_manager().empty());
  EXPECT_EQ(watchdog_interval().count(), 0);
}

}  // namespace
}  // namespace millrace::serving
