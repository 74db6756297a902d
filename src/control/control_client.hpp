// Asks a server that runs, from a command: blocking, for a process that has nothing else to do.
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

namespace millrace::control {

struct Answer {
  std::string text;
  std::vector<base::UniqueFd> descriptors;
};

/// A server of the project that answers.
struct RunningServer {
  std::uint16_t port = 0;
  std::filesystem::path socket;
};

/// The servers of the project, by port. Sockets that dead ones left are passed over.
[[nodiscard]] std::vector<RunningServer> running_servers(const std::filesystem::path& root);

/// The process that listens on a control socket; nothing where nobody does.
[[nodiscard]] std::optional<pid_t> process_of(const std::filesystem::path& socket);

/// Sends a line and waits for the answer, `patience` at most for each piece of it. not_found where
/// nobody listens; broken where the answer is longer than kLongestAnswer.
[[nodiscard]] base::Result<Answer> ask(const std::filesystem::path& socket,
                                       std::string_view request, std::chrono::seconds patience);

}  // namespace millrace::control
