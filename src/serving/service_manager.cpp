#include "serving/service_manager.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

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

void notify_service_manager(std::string_view state) { ::sd_notify(0, std::string(state).c_str()); }

std::chrono::microseconds watchdog_interval() {
  std::uint64_t timeout = 0;
  if (::sd_watchdog_enabled(0, &timeout) <= 0) return std::chrono::microseconds(0);
  return std::chrono::microseconds(timeout / 2);
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
