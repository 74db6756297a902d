// The protocol of sd_notify(3), sd_listen_fds(3) and sd_watchdog_enabled(3), which systemd guarantees
// to be stable. Debian has no archive of libsystemd, and a container has often no libsystemd at all.
#include "serving/service_manager.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace millrace::serving {

namespace {

/// SD_LISTEN_FDS_START: the first descriptor that the manager passes.
constexpr int kFirstPassed = 3;
/// More sockets than a unit can reasonably have; protects from a nonsensical LISTEN_FDS.
constexpr int kMostPassed = 1024;

/// Returns a variable that contains a number; none if it is absent or is something else.
std::optional<std::uint64_t> number_in(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  const char* end = text + std::strlen(text);
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text, end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return number;
}

int option_of(int socket, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(socket, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

bool is_listening_stream(int socket) {
  return option_of(socket, SO_TYPE) == SOCK_STREAM && option_of(socket, SO_ACCEPTCONN) == 1;
}

int count_of_passed_sockets() {
  const auto process = number_in("LISTEN_PID");
  const auto count = number_in("LISTEN_FDS");
  // Programs that this process starts must not take the sockets for theirs.
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  if (!count || process != static_cast<std::uint64_t>(::getpid())) return 0;
  return static_cast<int>(std::min<std::uint64_t>(*count, kMostPassed));
}

}  // namespace

std::vector<base::UniqueFd> sockets_of_service_manager() {
  std::vector<base::UniqueFd> sockets;
  const int count = count_of_passed_sockets();
  for (int i = 0; i < count; ++i) {
    base::UniqueFd socket(kFirstPassed + i);
    if (!is_listening_stream(socket.get())) continue;
    ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
    ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) | O_NONBLOCK);
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

void notify_service_manager(std::string_view state) {
  const char* const path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr) return;
  const std::size_t length = std::strlen(path);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (length < 2 || length > sizeof address.sun_path || (*path != '/' && *path != '@')) return;
  std::memcpy(address.sun_path, path, length);
  // The address of a socket in the abstract namespace.
  if (*path == '@') address.sun_path[0] = '\0';
  const base::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address), size);
}

std::chrono::microseconds watchdog_interval() {
  const auto timeout = number_in("WATCHDOG_USEC");
  const auto process = number_in("WATCHDOG_PID");
  if (!timeout || *timeout > std::numeric_limits<std::int64_t>::max()) {
    return std::chrono::microseconds(0);
  }
  if (process && *process != static_cast<std::uint64_t>(::getpid())) {
    return std::chrono::microseconds(0);
  }
  return std::chrono::microseconds(*timeout / 2);
}

void ServiceManager::ready(std::uint16_t port) {
  notify_service_manager(fmt::format("READY=1\nMAINPID={}\nSTATUS=serving on port {}",
                                     static_cast<int>(::getpid()), port));
  notify_alive();
}

void ServiceManager::reloading() {
  if (reloads_++ == 0) notify_service_manager("RELOADING=1");
}

void ServiceManager::reloaded() {
  if (--reloads_ == 0) notify_service_manager("READY=1");
}

void ServiceManager::stopping() { notify_service_manager("STOPPING=1"); }

void ServiceManager::notify_alive() {
  const auto interval = watchdog_interval();
  if (interval.count() == 0) return;
  notify_service_manager("WATCHDOG=1");
  watchdog_.set_after(interval);
}

}  // namespace millrace::serving
