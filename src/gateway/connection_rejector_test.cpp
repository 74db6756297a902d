#include "gateway/connection_rejector.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

namespace millrace::gateway {
namespace {

class ConnectionRejectorTest : public testing::Test {
 protected:
  /// Rejects a new connection, and returns the client's end.
  [[nodiscard]] base::UniqueFd reject() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    rejector_.reject(loop_, base::UniqueFd(ends[0]), "HTTP/1.1 503 Service Unavailable\r\n\r\n");
    return base::UniqueFd(ends[1]);
  }

  /// Runs everything that is ready.
  void turn() {
    for (int i = 0; i < 10; ++i) {
      loop_.post([this] { loop_.stop(); });
      loop_.run();
    }
  }

  /// Returns what the client can read now; "closed" where there is nothing but the end.
  [[nodiscard]] static std::string read(const base::UniqueFd& client) {
    std::array<char, 256> bytes{};
    const ssize_t got = ::read(client.get(), bytes.data(), bytes.size());
    if (got < 0) return errno == EAGAIN ? "nothing" : "failed";
    return got == 0 ? "closed" : std::string(bytes.data(), static_cast<std::size_t>(got));
  }

  net::EventLoop loop_;
  ConnectionRejector rejector_;
};

TEST_F(ConnectionRejectorTest, SendsTheResponseAndCloses) {
  const base::UniqueFd client = reject();
  turn();
  EXPECT_EQ(read(client), "HTTP/1.1 503 Service Unavailable\r\n\r\n");
  EXPECT_EQ(read(client), "closed");
}

TEST_F(ConnectionRejectorTest, ClosesFurtherConnectionsWithoutAResponse) {
  std::vector<base::UniqueFd> clients;
  while (clients.size() < ConnectionRejector::kMost) clients.push_back(reject());
  turn();
  // The rejected clients have not closed their ends: their connections linger.
  EXPECT_EQ(read(reject()), "closed");
  clients.pop_back();
  turn();
  const base::UniqueFd next = reject();
  turn();
  EXPECT_EQ(read(next), "HTTP/1.1 503 Service Unavailable\r\n\r\n");
  for (const base::UniqueFd& client : clients) {
    EXPECT_EQ(read(client), "HTTP/1.1 503 Service Unavailable\r\n\r\n");
  }
}

}  // namespace
}  // namespace millrace::gateway
