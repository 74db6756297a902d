// Sends requests to a running server over its control socket. Blocks: for commands, which have
// nothing else to do.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "control/control_socket.hpp"

namespace millrace::control {

struct Response {
  std::string text;
  std::vector<base::UniqueFd> descriptors;
};

/// A server of the project that accepts connections on its control socket.
struct RunningServer {
  std::uint16_t port = 0;
  std::filesystem::path socket;
};

/// Returns the running servers of the project, by port. Skips sockets that dead servers left
/// behind.
[[nodiscard]] std::vector<RunningServer> running_servers(const std::filesystem::path& root,
                                                         ServerKind kind = ServerKind::production);

/// Returns the process that listens on a control socket, or nullopt if none does.
[[nodiscard]] std::optional<pid_t> process_of(const std::filesystem::path& socket);

/// Sends a line and waits for the response, at most `timeout` for each part of it. Errors:
/// not_found if nothing listens on the socket; broken if the response is longer than
/// kLongestResponse.
[[nodiscard]] base::Result<Response> ask(const std::filesystem::path& socket,
                                         std::string_view request, std::chrono::seconds timeout);

}  // namespace millrace::control
