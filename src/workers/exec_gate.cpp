#include "workers/exec_gate.hpp"

#include <poll.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/unique_fd.hpp"

namespace millrace::workers {

namespace {

using Room = std::array<char, CMSG_SPACE(sizeof(int))>;

/// A message from the child: an errno, 0 together with a listener, or the end.
struct Report {
  bool ended = false;
  int error = 0;
  base::UniqueFd listener;
};

Report receive(int report) {
  Report received;
  alignas(cmsghdr) Room room{};
  iovec bytes{.iov_base = &received.error, .iov_len = sizeof received.error};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = room.data();
  message.msg_controllen = room.size();
  ssize_t got = 0;
  do {
    got = ::recvmsg(report, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  received.ended = got != sizeof received.error;
  const cmsghdr* const head = CMSG_FIRSTHDR(&message);
  if (head != nullptr && head->cmsg_type == SCM_RIGHTS) {
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(head), sizeof descriptor);
    received.listener.reset(descriptor);
  }
  return received;
}

/// Waits for a call to decide; returns false once the child is gone.
bool await_call(int listener, int report) {
  std::array<pollfd, 2> both{pollfd{.fd = listener, .events = POLLIN, .revents = 0},
                             pollfd{.fd = report, .events = POLLIN, .revents = 0}};
  while (::poll(both.data(), both.size(), -1) < 0) {
    if (errno != EINTR) return false;
  }
  return (both[0].revents & POLLIN) != 0;
}

/// Allows the first call. It is the child's own, from before it runs any other code.
void allow_exec(int listener, int report, pid_t child) {
  seccomp_notif* call = nullptr;
  seccomp_notif_resp* response = nullptr;
  if (::seccomp_notify_alloc(&call, &response) != 0) return;
  bool open = false;
  while (!open && await_call(listener, report)) {
    // The kernel accepts only a zeroed structure, on every call.
    *call = {};
    if (::seccomp_notify_receive(listener, call) != 0) break;
    if (static_cast<pid_t>(call->pid) != child || call->data.nr != SYS_execve) break;
    response->id = call->id;
    response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    // If a signal interrupted the call, the child repeats it.
    open = ::seccomp_notify_respond(listener, response) == 0;
  }
  ::seccomp_notify_free(call, response);
}

}  // namespace

bool send_listener(int report, int listener) {
  int none = 0;
  alignas(cmsghdr) Room room{};
  iovec bytes{.iov_base = &none, .iov_len = sizeof none};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = room.data();
  message.msg_controllen = room.size();
  cmsghdr* const head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof listener);
  std::memcpy(CMSG_DATA(head), &listener, sizeof listener);
  return ::sendmsg(report, &message, MSG_NOSIGNAL) == sizeof none;
}

int await_exec(int report, pid_t child) {
  for (;;) {
    const Report received = receive(report);
    if (received.ended || received.error != 0) return received.ended ? 0 : received.error;
    // The listener closes with `received`, which denies every later call.
    if (received.listener) allow_exec(received.listener.get(), report, child);
  }
}

}  // namespace millrace::workers
