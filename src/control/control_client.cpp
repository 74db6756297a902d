#include "control/control_client.hpp"

#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <tuple>

#include "control/address.hpp"
#include "control/control_key.hpp"
#include "control/control_socket.hpp"

namespace millrace::control {

namespace fs = std::filesystem;

namespace {

base::UniqueFd connect_to(const fs::path& path) {
  base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Address address(path);
  if (!socket || ::connect(socket.get(), address.get(), sizeof address.value) != 0) return {};
  return socket;
}

/// Returns the port in "control-3000.sock" and "control-3000-2.sock"; `before`: "control-".
std::optional<std::uint16_t> port_in(const std::string& name, std::string_view before) {
  constexpr std::string_view kAfter = ".sock";
  if (!name.starts_with(before) || !name.ends_with(kAfter)) return std::nullopt;
  const char* const end = name.data() + name.size() - kAfter.size();
  std::uint16_t port = 0;
  auto [rest, error] = std::from_chars(name.data() + before.size(), end, port);
  if (error != std::errc{}) return std::nullopt;
  if (rest != end && *rest == '-') {
    std::size_t number = 0;
    rest = std::from_chars(rest + 1, end, number).ptr;
  }
  if (rest != end) return std::nullopt;
  return port;
}

void take_descriptors(msghdr& message, std::vector<base::UniqueFd>& to) {
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr;
       head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(head) + i * sizeof(int), sizeof descriptor);
      to.emplace_back(descriptor);
    }
  }
}

}  // namespace

std::optional<pid_t> process_of(const fs::path& path) {
  const base::UniqueFd socket = connect_to(path);
  ucred peer{};
  socklen_t size = sizeof peer;
  if (!socket || ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return std::nullopt;
  }
  return peer.pid;
}

std::vector<RunningServer> running_servers(const fs::path& root, ServerKind kind) {
  const std::string_view before = kind == ServerKind::production ? "control-" : "dev-";
  std::vector<RunningServer> servers;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(root / ".millrace", failed)) {
    const auto port = port_in(entry.path().filename().string(), before);
    if (port && connect_to(entry.path()))
      servers.push_back({.port = *port, .socket = entry.path()});
  }
  std::sort(servers.begin(), servers.end(), [](const RunningServer& a, const RunningServer& b) {
    return std::tie(a.port, a.socket) < std::tie(b.port, b.socket);
  });
  return servers;
}

base::Result<Response> ask(const fs::path& path, std::string_view request,
                           std::chrono::seconds timeout) {
  const base::UniqueFd socket = connect_to(path);
  if (!socket) {
    return base::Error(base::ErrorCode::not_found, "no server listens at " + path.string());
  }
  const timeval limit{.tv_sec = timeout.count(), .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const std::string line = read_key(path) + std::string(request) + "\n";
  if (::send(socket.get(), line.data(), line.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(line.size())) {
    return base::Error::from_errno("cannot send a request to the server at " + path.string(),
                                   errno);
  }
  Response response;
  std::array<char, 65536> bytes{};
  alignas(cmsghdr) std::array<char, 256> room{};
  while (!response.text.ends_with('\n')) {
    iovec place{.iov_base = bytes.data(), .iov_len = bytes.size()};
    msghdr message{};
    message.msg_iov = &place;
    message.msg_iovlen = 1;
    message.msg_control = room.data();
    message.msg_controllen = room.size();
    const ssize_t got = ::recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      return base::Error(base::ErrorCode::broken,
                         "the server at " + path.string() + " did not respond");
    }
    take_descriptors(message, response.descriptors);
    if (response.text.size() + static_cast<std::size_t>(got) > kLongestResponse + 1) {
      return base::Error(base::ErrorCode::broken, "the server at " + path.string() +
                                                      " sent a response of more than " +
                                                      std::to_string(kLongestResponse) + " bytes");
    }
    response.text.append(bytes.data(), static_cast<std::size_t>(got));
  }
  response.text.pop_back();
  return response;
}

}  // namespace millrace::control
