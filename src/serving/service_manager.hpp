// The service manager above a server, systemd, hands over sockets that it holds open, and is told when
// the server is ready, reloads and ends, and that it lives. Without one every call does nothing.
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

/// Returns the listening sockets that were handed over at the start (LISTEN_FDS); empty without. Once.
[[nodiscard]] std::vector<base::UniqueFd> sockets_of_service_manager();

/// Tells the manager something, as sd_notify(3) has it: "READY=1".
void tell_service_manager(std::string_view state);

/// Returns how often the manager wants to hear "WATCHDOG=1": half of what it waits at most; 0 for never.
[[nodiscard]] std::chrono::microseconds watchdog_interval();

/// What the manager hears of this server. Belongs to the loop's thread.
class ServiceManager {
 public:
  explicit ServiceManager(net::EventLoop& loop) : watchdog_(loop, [this] { tell_alive(); }) {}

  /// The server serves on `port`. From now on the manager hears that it lives.
  void ready(std::uint16_t port);
  /// Another build is being deployed; reloaded() follows, whether it is in service then or not. Where
  /// one supersedes another the manager hears of the first beginning and the last end.
  void reloading();
  void reloaded();
  void stopping();

 private:
  void tell_alive();

  net::Timer watchdog_;
  /// reloading() without reloaded().
  std::size_t reloads_ = 0;
};

}  // namespace millrace::serving
