#include "serving/service_manager.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <cstdint>
#include <string>

namespace millrace::serving {

std::vector<base::UniqueFd> sockets_of_service_manager() {
  std::vector<base::UniqueFd> sockets;
  const int count = ::sd_listen_fds(1);
  for (int i = 0; i < count; ++i) {
    base::UniqueFd socket(SD_LISTEN_FDS_START + i);
    if (::sd_is_socket(socket.get(), AF_UNSPEC, SOCK_STREAM, 1) <= 0) continue;
    ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
    ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) | O_NONBLOCK);
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

std::uint16_t port_of(const base::UniqueFd& socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as the sockets' API has it
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::getsockname(socket.get(), generic, &length) != 0) return 0;
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast)
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
  }
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
  }
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  return 0;
}

void tell_service_manager(std::string_view state) { ::sd_notify(0, std::string(state).c_str()); }

std::chrono::microseconds watchdog_interval() {
  std::uint64_t patience = 0;
  if (::sd_watchdog_enabled(0, &patience) <= 0) return std::chrono::microseconds(0);
  return std::chrono::microseconds(patience / 2);
}

}  // namespace millrace::serving
