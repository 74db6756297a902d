// Predecessor is the server of the same project that this server takes over from. It hands over its
// listening sockets, serves until this server is ready, and then drains.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "control/control_client.hpp"
#include "serving/production_options.hpp"

namespace millrace::serving {

/// Each call blocks until the other server has responded, at most a minute.
class Predecessor {
 public:
  /// Requests the sockets of the project's server on the port in `options`; port 0 matches any. If
  /// several servers run on that port, chooses the one that listens at the host in `options`.
  /// Errors: not_found if none runs there, conflict if the choice is ambiguous.
  [[nodiscard]] static base::Result<Predecessor> find(const ProductionOptions& options);

  [[nodiscard]] std::uint16_t port() const { return server_.port; }
  [[nodiscard]] std::vector<base::UniqueFd> take_sockets() { return std::move(sockets_); }
  [[nodiscard]] const std::filesystem::path& control_socket() const { return server_.socket; }
  /// Returns its process, or nullopt if it has ended.
  [[nodiscard]] std::optional<pid_t> process() const;
  /// Returns its keys of session tickets; empty where it has none.
  [[nodiscard]] std::string ticket_keys() const;
  /// Tells it that this server now accepts connections.
  [[nodiscard]] base::Result<void> hand_over() const;

 private:
  Predecessor(control::RunningServer server, std::vector<base::UniqueFd> sockets)
      : server_(std::move(server)), sockets_(std::move(sockets)) {}

  control::RunningServer server_;
  std::vector<base::UniqueFd> sockets_;
};

}  // namespace millrace::serving
