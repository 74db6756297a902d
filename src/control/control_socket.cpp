#include "control/control_socket.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "control/address.hpp"

namespace millrace::control {

namespace {

/// How often sending a long response is retried.
constexpr std::chrono::milliseconds kResend{10};
/// The most descriptors in a response.
constexpr std::size_t kMostDescriptors = 16;

/// Sends as much as the kernel accepts now, with the descriptors. Returns the number of bytes sent,
/// or nullopt if the client is gone.
std::optional<std::size_t> send_some(int socket, std::string_view text,
                                     const std::vector<int>& descriptors) {
  iovec bytes{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
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
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EAGAIN) return 0;
  return std::nullopt;
}

pid_t peer_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

/// Returns the parent process, or 0 if there is none or `pid` is gone.
pid_t parent_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  // The format is "pid (name) state parent …"; the name can contain any character.
  const std::size_t end = text.rfind(')');
  if (end == std::string::npos || end + 4 >= text.size()) return 0;
  return static_cast<pid_t>(std::strtol(text.c_str() + end + 4, nullptr, 10));
}

/// Workers must not use the control socket, nor may processes that they have started. A detached
/// process of a worker becomes a child of this process (workers::Orphans), so it is a descendant
/// too.
bool is_descendant(pid_t pid) {
  const pid_t self = ::getpid();
  for (pid_t parent = parent_of(pid); parent > 1; parent = parent_of(parent)) {
    if (parent == self) return true;
  }
  return false;
}

/// Returns whether a server listens on `path`. Does not wait for a busy one.
bool has_server(const std::filesystem::path& path) {
  const base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const Address address(path);
  return ::connect(socket.get(), address.get(), sizeof address.value) == 0 || errno == EAGAIN;
}

}  // namespace

struct ControlSocket::Client {
  explicit Client(net::EventLoop& loop, std::uint64_t number, std::function<void()> on_timer)
      : id(number), timer(loop, std::move(on_timer)) {}

  std::uint64_t id;
  std::unique_ptr<net::ReadableWatch> socket;
  /// First the limit for receiving the request; then, while the response is being sent, the next
  /// attempt.
  net::Timer timer;
  net::Clock::time_point give_up_at;
  std::string request;
  bool request_received = false;
  /// The unsent rest of the response.
  std::string unsent;
};

std::filesystem::path socket_path(const std::filesystem::path& root, std::uint16_t port,
                                  std::size_t number, ServerKind kind) {
  std::string name = kind == ServerKind::production ? "control-" : "dev-";
  name += std::to_string(port);
  if (number > 1) name += "-" + std::to_string(number);
  return root / ".millrace" / (name + ".sock");
}

base::Result<std::unique_ptr<ControlSocket>> ControlSocket::open_for(
    net::EventLoop& loop, const std::filesystem::path& root, std::uint16_t port, Handler handler,
    ServerKind kind) {
  // The lock prevents two servers that start at the same time from choosing the same path. Closing
  // the descriptor releases it.
  const base::UniqueFd folder(
      ::open(socket_path(root, port).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  static_cast<void>(::flock(folder.get(), LOCK_EX));
  for (std::size_t number = 1; number <= kMostServersOfAPort; ++number) {
    const std::filesystem::path path = socket_path(root, port, number, kind);
    if (!has_server(path)) return open(loop, path, std::move(handler));
  }
  return base::Error(base::ErrorCode::exhausted,
                     "no control socket is free: more than " + std::to_string(kMostServersOfAPort) +
                         " servers of the project run on port " + std::to_string(port));
}

base::Result<std::unique_ptr<ControlSocket>> ControlSocket::open(net::EventLoop& loop,
                                                                 const std::filesystem::path& path,
                                                                 Handler handler) {
  base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return base::Error::from_errno("cannot create a control socket", errno);
  auto key = ControlKey::make(path);
  if (!key) return key.error();
  // Set before the socket is bound, so that it is never open to others.
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
  control->spare_ = base::UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
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
  if (!socket && (errno == EMFILE || errno == ENFILE)) {
    // A connection left in the kernel's queue would wake the loop again and again.
    spare_.reset();
    socket.reset(::accept4(listening_->fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    socket.reset();
    spare_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    return;
  }
  if (!socket || is_descendant(peer_of(socket.get())) || !make_room()) return;
  const std::uint64_t id = ++newest_;
  Client& client =
      *clients_.emplace_back(std::make_unique<Client>(loop_, id, [this, id] { on_timer(id); }));
  client.socket = std::make_unique<net::ReadableWatch>(loop_, std::move(socket),
                                                       [this, &client] { read(client); });
  client.timer.set_after(timeout_);
}

bool ControlSocket::make_room() {
  if (clients_.size() < kMostClients) return true;
  const auto idle = std::find_if(clients_.begin(), clients_.end(),
                                 [](const auto& client) { return !client->request_received; });
  if (idle == clients_.end()) return false;
  clients_.erase(idle);
  return true;
}

ControlSocket::Client* ControlSocket::find(std::uint64_t id) {
  const auto known = std::find_if(clients_.begin(), clients_.end(),
                                  [id](const auto& client) { return client->id == id; });
  return known == clients_.end() ? nullptr : known->get();
}

void ControlSocket::read(Client& client) {
  std::array<char, 4096> bytes{};
  const ssize_t got = ::recv(client.socket->fd(), bytes.data(), bytes.size(), 0);
  if (got <= 0 || client.request.size() > kLongestRequest) {
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    return disconnect(client);
  }
  if (client.request_received) return;
  client.request.append(bytes.data(), static_cast<std::size_t>(got));
  const std::size_t end = client.request.find('\n');
  if (end == std::string::npos) return;
  client.request_received = true;
  client.timer.cancel();
  std::string_view line = std::string_view(client.request).substr(0, end);
  if (!key_.take_from(line)) return disconnect(client);
  // Copied: the client may be gone before the handler responds.
  const std::string request(line);
  handler_(request, [this, alive = alive_, id = client.id](std::string_view text,
                                                           const std::vector<int>& descriptors) {
    if (*alive) respond(id, text, descriptors);
  });
}

void ControlSocket::respond(std::uint64_t id, std::string_view text,
                            const std::vector<int>& descriptors) {
  Client* const client = find(id);
  if (client == nullptr) return;
  if (text.size() > kLongestResponse) return disconnect(*client);
  client->unsent.assign(text).append("\n");
  client->give_up_at = net::Clock::now() + timeout_;
  send_more(*client, descriptors);
}

void ControlSocket::send_more(Client& client, const std::vector<int>& descriptors) {
  const auto sent = send_some(client.socket->fd(), client.unsent, descriptors);
  if (!sent || *sent == client.unsent.size()) return disconnect(client);
  client.unsent.erase(0, *sent);
  client.timer.set_after(kResend);
}

void ControlSocket::on_timer(std::uint64_t id) {
  Client* const client = find(id);
  if (client == nullptr) return;
  if (client->unsent.empty() || net::Clock::now() >= client->give_up_at) return disconnect(*client);
  send_more(*client, {});
}

void ControlSocket::disconnect(const Client& client) {
  // Deferred: the watch and the timer are destroyed with the client, and one of them may be
  // calling.
  loop_.post([this, alive = alive_, id = client.id] {
    if (*alive) std::erase_if(clients_, [id](const auto& other) { return other->id == id; });
  });
}

}  // namespace millrace::control
