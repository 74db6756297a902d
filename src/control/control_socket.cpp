#include "control/control_socket.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>

#include "control/address.hpp"

namespace millrace::control {

namespace {

/// Askers at a time: who opens more is no command of ours.
constexpr std::size_t kMostAskers = 64;
/// Descriptors in an answer at most.
constexpr std::size_t kMostDescriptors = 16;

/// The kernel keeps what does not fit into its buffer from being sent: the buffer is made to fit.
void send_all(int socket, std::string_view answer, const std::vector<int>& descriptors) {
  const int size = static_cast<int>(kLongestMessage);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  const std::string line = std::string(answer) + "\n";
  iovec bytes{.iov_base = const_cast<char*>(line.data()), .iov_len = line.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMostDescriptors)> room{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  const std::size_t count = std::min(descriptors.size(), kMostDescriptors);
  if (count > 0) {
    message.msg_control = room.data();
    message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int) * count);
    std::memcpy(CMSG_DATA(head), descriptors.data(), sizeof(int) * count);
  }
  [[maybe_unused]] const ssize_t sent = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

pid_t peer_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

/// The process above; 0 where there is none, or it is gone.
pid_t parent_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  // "pid (name) state parent …", and a name may hold anything.
  const std::size_t end = text.rfind(')');
  if (end == std::string::npos || end + 4 >= text.size()) return 0;
  return static_cast<pid_t>(std::strtol(text.c_str() + end + 4, nullptr, 10));
}

/// A worker has no business here, nor what it has started: that becomes this process's own where it
/// detaches itself (workers::Orphans).
bool is_descendant(pid_t pid) {
  const pid_t self = ::getpid();
  for (pid_t parent = parent_of(pid); parent > 1; parent = parent_of(parent)) {
    if (parent == self) return true;
  }
  return false;
}

}  // namespace

struct ControlSocket::Asker {
  std::unique_ptr<net::ReadableWatch> socket;
  std::string request;
  bool asked = false;
};

std::filesystem::path socket_path(const std::filesystem::path& root, std::uint16_t port) {
  return root / ".millrace" / ("control-" + std::to_string(port) + ".sock");
}

base::Result<std::unique_ptr<ControlSocket>> ControlSocket::open(net::EventLoop& loop,
                                                                 const std::filesystem::path& path,
                                                                 Handler handler) {
  base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return base::Error::from_errno("cannot make a control socket", errno);
  auto key = ControlKey::make(path);
  if (!key) return key.error();
  // Before it is bound, so that it is never open to others.
  ::fchmod(socket.get(), S_IRUSR | S_IWUSR);
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  const Address address(path);
  if (::bind(socket.get(), address.get(), sizeof address.value) != 0 ||
      ::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0 || ::listen(socket.get(), 16) != 0) {
    return base::Error::from_errno("cannot open the control socket " + path.string(), errno);
  }
  struct stat found {};
  ::stat(path.c_str(), &found);
  std::unique_ptr<ControlSocket> control(
      new ControlSocket(loop, path, std::move(key).value(), std::move(handler)));
  control->inode_ = found.st_ino;
  control->listening_ = std::make_unique<net::ReadableWatch>(
      loop, std::move(socket), [raw = control.get()] { raw->accept(); });
  return control;
}

ControlSocket::ControlSocket(net::EventLoop& loop, std::filesystem::path path, ControlKey key,
                             Handler handler)
    : loop_(loop), path_(std::move(path)), key_(std::move(key)), handler_(std::move(handler)) {}

ControlSocket::~ControlSocket() {
  *alive_ = false;
  struct stat found {};
  if (::stat(path_.c_str(), &found) == 0 && found.st_ino == inode_) ::unlink(path_.c_str());
}

void ControlSocket::accept() {
  base::UniqueFd socket(
      ::accept4(listening_->fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket || askers_.size() >= kMostAskers || is_descendant(peer_of(socket.get()))) return;
  Asker& asker = *askers_.emplace_back(std::make_unique<Asker>());
  asker.socket = std::make_unique<net::ReadableWatch>(loop_, std::move(socket),
                                                      [this, &asker] { read(asker); });
}

void ControlSocket::read(Asker& asker) {
  std::array<char, 4096> bytes{};
  const ssize_t got = ::recv(asker.socket->fd(), bytes.data(), bytes.size(), 0);
  if (got <= 0 || asker.request.size() > kLongestMessage) {
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    return forget(asker);
  }
  asker.request.append(bytes.data(), static_cast<std::size_t>(got));
  const std::size_t end = asker.request.find('\n');
  if (end == std::string::npos || std::exchange(asker.asked, true)) return;
  std::string_view line = std::string_view(asker.request).substr(0, end);
  if (!key_.take_from(line)) return forget(asker);
  // The asker may go while it is answered.
  const std::string request(line);
  handler_(request, [this, alive = alive_, raw = &asker](std::string_view answer,
                                                         const std::vector<int>& descriptors) {
    if (!*alive) return;
    const auto known = std::find_if(askers_.begin(), askers_.end(),
                                    [raw](const auto& other) { return other.get() == raw; });
    if (known == askers_.end()) return;
    send_all((*known)->socket->fd(), answer, descriptors);
    forget(**known);
  });
}

void ControlSocket::forget(const Asker& asker) {
  // Not while its watch calls: that is destroyed with it.
  loop_.post([this, alive = alive_, raw = &asker] {
    if (*alive) askers_.remove_if([raw](const auto& other) { return other.get() == raw; });
  });
}

}  // namespace millrace::control
