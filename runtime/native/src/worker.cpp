#include "worker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace millrace::native {

namespace {

constexpr int kForEver = -1;
/// In which a thread that was woken has taken a call, unless something holds it.
constexpr int kMomentInMs = 1;

}  // namespace

Worker::Worker(int link, std::size_t threads)
    : link_(link),
      bell_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      out_(link,
           [this] {
             stalled_ = true;
             wake();
           }),
      host_(out_, crew_, [this] { wake(); }),
      input_(link, host_),
      crew_(threads, out_) {
  ::fcntl(link_, F_SETFL, ::fcntl(link_, F_GETFL) | O_NONBLOCK);
}

void Worker::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(bell_.get(), &one, sizeof one));
}

Ending Worker::run() {
  host_.say_hello();
  out_.flush();
  for (;;) {
    std::array<pollfd, 2> waits = {{{.fd = link_, .events = POLLIN, .revents = 0},
                                    {.fd = bell_.get(), .events = POLLIN, .revents = 0}}};
    if (stalled_) waits[0].events |= POLLOUT;
    const int ready =
        ::poll(waits.data(), waits.size(), crew_.may_be_stuck() ? kMomentInMs : kForEver);
    if (ready < 0 && errno != EINTR) return Ending::server_gone;
    if (ready == 0) crew_.wake_another();
    if ((waits[1].revents & POLLIN) != 0) {
      std::uint64_t rings = 0;
      static_cast<void>(!::read(bell_.get(), &rings, sizeof rings));
    }
    if ((waits[0].revents & POLLOUT) != 0) stalled_ = false;
    if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      const Ending ending = input_.read();
      if (ending != Ending::none) return ending;
    }
    host_.run_batch();
    // Asked first: what a thread appends and then counts as done is still flushed.
    const bool drained = host_.drained();
    out_.flush();
    if (drained && out_.sent()) return Ending::drained;
  }
}

}  // namespace millrace::native
