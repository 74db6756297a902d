#include "serving/service_manager.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
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

TEST(ServiceManager, NotifiesASocketInTheAbstractNamespace) {
  const base::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const std::string name = "@millrace-test-" + std::to_string(::getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  notify_service_manager("STOPPING=1");
  ::unsetenv("NOTIFY_SOCKET");
  char text[128] = {};
  EXPECT_GT(::recv(socket.get(), text, sizeof text - 1, MSG_DONTWAIT), 0);
  EXPECT_STREQ(text, "STOPPING=1");
}

TEST(ServiceManager, IgnoresAnAddressThatIsNoSocket) {
  for (const std::string& address : {std::string(), std::string("/"), std::string("notify"),
                                     "/" + std::string(sizeof(sockaddr_un), 'x')}) {
    ::setenv("NOTIFY_SOCKET", address.c_str(), 1);
    notify_service_manager("READY=1");
  }
  ::unsetenv("NOTIFY_SOCKET");
}

TEST(ServiceManager, HalvesTheTimeoutOfTheWatchdog) {
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  EXPECT_EQ(watchdog_interval(), std::chrono::seconds(15));
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(watchdog_interval(), std::chrono::seconds(15));
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(watchdog_interval().count(), 0);
  ::unsetenv("WATCHDOG_PID");
  ::setenv("WATCHDOG_USEC", "soon", 1);
  EXPECT_EQ(watchdog_interval().count(), 0);
  ::unsetenv("WATCHDOG_USEC");
}

TEST(ServiceManager, LeavesTheSocketsOfAnotherProcess) {
  ::setenv("LISTEN_PID", "1", 1);
  ::setenv("LISTEN_FDS", "1", 1);
  EXPECT_TRUE(sockets_of_service_manager().empty());
  EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr);
}

TEST(ServiceManager, CanBeAbsent) {
  notify_service_manager("READY=1");
  EXPECT_TRUE(sockets_of_service_manager().empty());
  EXPECT_EQ(watchdog_interval().count(), 0);
}

}  // namespace
}  // namespace millrace::serving
