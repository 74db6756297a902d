// Predecessor is the server of the same project that this one takes over from: it hands its listening
// sockets over, serves until this one is ready, and then finishes what it has.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "control/control_client.hpp"
#include "serving/production_options.hpp"

namespace millrace::serving {

/// Each call blocks until the other server has responded, for a minute at most.
class Predecessor {
 public:
  /// Asks the project's server on the options' port for its sockets; port 0 is any. Where several run
  /// there, the one that listens at the options' host. Errors: not_found where none runs there, conflict
  /// where it cannot be told which is meant.
  [[nodiscard]] static base::Result<Predecessor> find(const ProductionOptions& options);

  [[nodiscard]] std::uint16_t port() const { return server_.port; }
  [[nodiscard]] std::vector<base::UniqueFd> take_sockets() { return std::move(sockets_); }
  [[nodiscard]] const std::filesystem::path& control_socket() const { return server_.socket; }
  /// Its process; absent where it has ended.
  [[nodiscard]] std::optional<pid_t> process() const;
  /// Tells it that this server accepts connections now.
  [[nodiscard]] base::Result<void> hand_over() const;

 private:
  Predecessor(control::RunningServer server, std::vector<base::UniqueFd> sockets)
      : server_(std::move(server)), sockets_(std::move(sockets)) {}

  control::RunningServer server_;
  std::vector<base::UniqueFd> sockets_;
};

}  // namespace millrace::serving
