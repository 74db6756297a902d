#include "serving/service_manager.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "project/test_folder.hpp"

namespace millrace::serving {
namespace {

TEST(ServiceManager, HearsWhatItIsTold) {
  const project::TestFolder folder;
  const std::string path = (folder.path() / "notify").string();
  const base::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  tell_service_manager("READY=1");
  ::unsetenv("NOTIFY_SOCKET");
  char text[64] = {};
  ASSERT_GT(::recv(socket.get(), text, sizeof text - 1, MSG_DONTWAIT), 0);
  EXPECT_STREQ(text, "READY=1");
}

TEST(ServiceManager, MayBeAbsent) {
  tell_service_manager("READY=1");
  EXPECT_TRUE(sockets_of_service_manager().empty());
  EXPECT_EQ(watchdog_interval().count(), 0);
}

}  // namespace
}  // namespace millrace::serving
