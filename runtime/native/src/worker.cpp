#include "worker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace millrace::native {

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
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return Ending::server_gone;
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
    out_.flush();
    if (host_.drained() && out_.sent()) return Ending::drained;
  }
}

}  // namespace millrace::native
