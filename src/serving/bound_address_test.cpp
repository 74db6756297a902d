#include "serving/bound_address.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "net/listener.hpp"

namespace millrace::serving {
namespace {

TEST(BoundAddress, IsTheAddressOfTheSocket) {
  const auto bound = net::bind_sockets("127.0.0.1", 0);
  ASSERT_TRUE(bound) << bound.error().message();
  const BoundAddress address = bound_address(bound->sockets.at(0));
  EXPECT_EQ(address.host, "127.0.0.1");
  EXPECT_EQ(address.port, bound->port);
  EXPECT_NE(address.port, 0);
}

TEST(BoundAddress, IsEmptyForOtherSockets) {
  const base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(bound_address(socket).host, "");
  EXPECT_EQ(bound_address(socket).port, 0);
  EXPECT_EQ(bound_address(base::UniqueFd()).port, 0);
}

}  // namespace
}  // namespace millrace::serving
