#include "worker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace millrace::native {

namespace {

constexpr int kNoTimeout = -1;
/// The time in which a woken thread takes a call, unless it is blocked.
constexpr int kWakeTimeoutMs = 1;

}  // namespace

Worker::Worker(int link, std::size_t threads)
    : link_(link),
      wake_event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      out_(link,
           [this] {
             stalled_ = true;
             wake();
           }),
      session_(out_, thread_pool_, [this] { wake(); }),
      input_(link, session_),
      thread_pool_(threads, out_) {
  ::fcntl(link_, F_SETFL, ::fcntl(link_, F_GETFL) | O_NONBLOCK);
}

void Worker::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_event_.get(), &one, sizeof one));
}

Ending Worker::run() {
  session_.send_hello();
  out_.flush();
  for (;;) {
    std::array<pollfd, 2> waits = {{{.fd = link_, .events = POLLIN, .revents = 0},
                                    {.fd = wake_event_.get(), .events = POLLIN, .revents = 0}}};
    if (stalled_) waits[0].events |= POLLOUT;
    const int ready = ::poll(waits.data(), waits.size(),
                             thread_pool_.may_be_stuck() ? kWakeTimeoutMs : kNoTimeout);
    if (ready < 0 && errno != EINTR) return Ending::server_gone;
    if (ready == 0) thread_pool_.wake_another();
    if ((waits[1].revents & POLLIN) != 0) {
      std::uint64_t count = 0;
      static_cast<void>(!::read(wake_event_.get(), &count, sizeof count));
    }
    if ((waits[0].revents & POLLOUT) != 0) stalled_ = false;
    if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      const Ending ending = input_.read();
      if (ending != Ending::none) return ending;
    }
    session_.run_batch();
    // Checked before the flush: frames appended before a call counts as done are still flushed.
    const bool drained = session_.drained();
    out_.flush();
    if (drained && out_.sent()) return Ending::drained;
  }
}

}  // namespace millrace::native
