// What the service manager above a server, systemd, is told and has to give: sockets that it holds
// open, when the server is ready, that it lives. Without one every call does nothing.
#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"

namespace millrace::serving {

/// The listening sockets that were handed over at the start (LISTEN_FDS); empty without. Once.
[[nodiscard]] std::vector<base::UniqueFd> sockets_of_service_manager();

/// The port of a listening socket; 0 where it has none.
[[nodiscard]] std::uint16_t port_of(const base::UniqueFd& socket);

/// Tells it something, as sd_notify(3) has it: "READY=1".
void tell_service_manager(std::string_view state);

/// How often it wants to hear "WATCHDOG=1": half of its patience; 0 for never.
[[nodiscard]] std::chrono::microseconds watchdog_interval();

}  // namespace millrace::serving
