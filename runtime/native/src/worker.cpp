#include "worker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "link/frame.hpp"

namespace millrace::native {

namespace {

constexpr std::size_t kReadSize = std::size_t{256} * 1024;

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
      crew_(threads, out_) {
  ::fcntl(link_, F_SETFL, ::fcntl(link_, F_GETFL) | O_NONBLOCK);
}

void Worker::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(bell_.get(), &one, sizeof one));
}

Worker::Ending Worker::run() {
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
      const Read read = read_frames();
      if (read == Read::gone) return Ending::server_gone;
      if (read == Read::broken) return Ending::protocol_error;
    }
    host_.run_batch();
    out_.flush();
    if (host_.drained() && out_.sent()) return Ending::drained;
  }
}

Worker::Read Worker::read_frames() {
  const std::size_t before = input_.size();
  input_.resize(before + kReadSize);
  const ssize_t got = ::read(link_, input_.data() + before, kReadSize);
  input_.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return Read::gone;
  std::string_view rest = input_;
  for (;;) {
    const link::Decoded decoded = link::decode_frame(rest);
    if (decoded.status == link::DecodeStatus::need_more) break;
    if (decoded.status == link::DecodeStatus::failed || !host_.on_frame(decoded.frame)) {
      return Read::broken;
    }
    rest.remove_prefix(decoded.consumed);
  }
  input_.erase(0, input_.size() - rest.size());
  return Read::more;
}

}  // namespace millrace::native
