#include "net/listener.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "net/timer.hpp"

namespace millrace::net {
namespace {

/// Takes every free descriptor of this process while it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit lowered = before_;
    lowered.rlim_cur = std::min<rlim_t>(before_.rlim_cur, 256);
    ::setrlimit(RLIMIT_NOFILE, &lowered);
    for (;;) {
      base::UniqueFd one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      if (!one) break;
      taken_.push_back(std::move(one));
    }
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
  std::vector<base::UniqueFd> taken_;
};

TEST(Listener, AcceptsAgainWhenDescriptorsAreFree) {
  EventLoop loop;
  auto bound = bind_sockets("127.0.0.1", 0);
  ASSERT_TRUE(bound);
  int accepted = 0;
  const Listener listener(loop, std::move(bound->sockets[0]),
                          [&](const base::UniqueFd&, const Peer&) {
                            ++accepted;
                            loop.stop();
                          });
  // UndefinedBehaviorSanitizer needs descriptors where it sees an object's type for the first time.
  Timer timer(loop, [&] { loop.stop(); });
  timer.set_after(std::chrono::milliseconds(1));
  loop.run();
  base::UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_TRUE(client);
  {
    const NoDescriptors none;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(bound->port);
    ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    // The attempt fails in the first turns.
    for (int i = 0; i < 10; ++i) {
      loop.post([&] { loop.stop(); });
      loop.run();
    }
    EXPECT_EQ(accepted, 0);
  }
  loop.run();
  EXPECT_EQ(accepted, 1);
}

}  // namespace
}  // namespace millrace::net
