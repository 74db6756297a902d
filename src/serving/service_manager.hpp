// The service manager above a server, systemd, can pass sockets that it holds open. It is notified
// when the server is ready, reloads and stops, and by its watchdog messages. Without a service
// manager every call does nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"

namespace millrace::serving {

/// Returns the listening sockets passed at the start (LISTEN_FDS); empty if there are none. Call it
/// once.
[[nodiscard]] std::vector<base::UniqueFd> sockets_of_service_manager();

/// Sends a state to the manager, as sd_notify(3) defines: "READY=1".
void notify_service_manager(std::string_view state);

/// Returns the interval for "WATCHDOG=1" messages: half of the manager's timeout, or 0 for none.
[[nodiscard]] std::chrono::microseconds watchdog_interval();

/// Notifies the manager of this server's state. Belongs to the loop's thread.
class ServiceManager {
 public:
  explicit ServiceManager(net::EventLoop& loop) : watchdog_(loop, [this] { notify_alive(); }) {}

  /// The server serves on `port`. Starts the watchdog messages.
  void ready(std::uint16_t port);
  /// A build is being deployed; reloaded() must follow, whether or not the build is then in
  /// service. If reloads overlap, the manager is notified of the first start and the last end.
  void reloading();
  void reloaded();
  void stopping();

 private:
  void notify_alive();

  net::Timer watchdog_;
  /// How many reloading() calls have no reloaded() yet.
  std::size_t reloads_ = 0;
};

}  // namespace millrace::serving
