#include "net/connector.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>
#include <string>
#include <vector>

namespace millrace::net {
namespace {

/// A listener on loopback that never accepts.
class ConnectorTest : public testing::Test {
 protected:
  ConnectorTest() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_.get(), any, length), 0);
    EXPECT_EQ(::listen(listener_.get(), 0), 0);
    EXPECT_EQ(::getsockname(listener_.get(), any, &length), 0);
    port_ = std::to_string(ntohs(address.sin_port));
  }

  base::Result<base::UniqueFd> connect(std::chrono::milliseconds time) {
    std::optional<base::Result<base::UniqueFd>> result;
    const Connector connector(loop_, "127.0.0.1", port_, time,
                              [&](base::Result<base::UniqueFd> done) {
                                result.emplace(std::move(done));
                                loop_.stop();
                              });
    loop_.run();
    return std::move(*result);
  }

  EventLoop loop_;
  base::UniqueFd listener_;
  std::string port_;
};

TEST_F(ConnectorTest, Connects) { EXPECT_TRUE(connect(std::chrono::hours(1))); }

TEST_F(ConnectorTest, GivesUpAfterItsTime) {
  // The kernel drops connections beyond the listener's backlog, so that one of them waits.
  std::vector<base::UniqueFd> waiting;
  for (int i = 0; i < 16; ++i) {
    auto result = connect(std::chrono::milliseconds(50));
    if (!result) {
      EXPECT_EQ(result.error().message(),
                "cannot connect to 127.0.0.1:" + port_ + ": the attempt timed out");
      return;
    }
    waiting.push_back(std::move(result).value());
  }
  FAIL() << "every attempt was accepted";
}

TEST_F(ConnectorTest, ReportsARefusedConnection) {
  listener_.reset();
  const auto result = connect(std::chrono::hours(1));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message(),
            "cannot connect to 127.0.0.1:" + port_ + ": Connection refused");
}

}  // namespace
}  // namespace millrace::net
