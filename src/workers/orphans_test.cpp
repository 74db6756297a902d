#include "workers/orphans.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>

#include "base/unique_fd.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"

namespace millrace::workers {
namespace {

/// A child that lives until it is released.
class Child {
 public:
  Child() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[1]);
      char byte = 0;
      static_cast<void>(::read(ends[0], &byte, 1));
      ::_exit(0);
    }
    ::close(ends[0]);
    hold_.reset(ends[1]);
  }

  void release() { hold_.reset(); }
  [[nodiscard]] pid_t pid() const { return pid_; }

  /// Returns whether it has ended and been reaped.
  [[nodiscard]] bool reaped() const {
    siginfo_t found{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &found, WEXITED | WNOHANG | WNOWAIT) != 0 &&
           errno == ECHILD;
  }

 private:
  pid_t pid_ = -1;
  base::UniqueFd hold_;
};

class OrphansTest : public testing::Test {
 protected:
  ~OrphansTest() override { ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0); }

  /// Runs until that child is reaped, or for a bounded time if it is not.
  void run_until_reaped(const Child& child) {
    constexpr int kLooks = 5'000;
    int looks = 0;
    net::Timer look(loop_, [&] {
      if (child.reaped() || ++looks == kLooks) return loop_.stop();
      look.set_after(std::chrono::milliseconds(1));
    });
    look.set_after(std::chrono::milliseconds(0));
    loop_.run();
  }

  net::EventLoop loop_;
};

TEST_F(OrphansTest, AnEarlierChildIsNotKilledAndIsReapedWhenItEnds) {
  Child before;
  const Orphans orphans(loop_);
  // A worker ends, and its orphans with it.
  Child orphan;
  Child worker;
  Orphans::spare(worker.pid(), "MILLRACE_WORKER=test");
  worker.release();
  ASSERT_EQ(::waitpid(worker.pid(), nullptr, 0), worker.pid());
  Orphans::kill_orphans_of(worker.pid());
  run_until_reaped(orphan);
  EXPECT_TRUE(orphan.reaped());
  EXPECT_FALSE(before.reaped());
  EXPECT_EQ(::kill(before.pid(), 0), 0);
  before.release();
  run_until_reaped(before);
  EXPECT_TRUE(before.reaped());
}

}  // namespace
}  // namespace millrace::workers
