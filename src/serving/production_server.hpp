// ProductionServer serves a project's build until it is told to stop: the service, the signals, and
// what commands and a successor ask of it over the control socket.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "control/control_socket.hpp"
#include "net/event_loop.hpp"
#include "net/signals.hpp"
#include "observe/log.hpp"
#include "project/builds.hpp"
#include "serving/control_endpoint.hpp"
#include "serving/predecessor.hpp"
#include "serving/production_options.hpp"
#include "serving/service.hpp"
#include "serving/service_manager.hpp"
#include "workers/orphans.hpp"

namespace millrace::serving {

/// Belongs to the loop's thread, which is run()'s.
class ProductionServer final : private ControlHandler {
 public:
  /// `sockets`: listening, on `port`. `options` and `log` outlive the server.
  ProductionServer(const ProductionOptions& options, observe::Log& log,
                   std::vector<base::UniqueFd> sockets, std::uint16_t port);

  /// Serves until it is told to stop; returns the process's exit code.
  int run(Deployment deployment);

  /// As run(), in the place of `predecessor`, which serves until this one's workers have loaded every
  /// route, and goes on if they cannot.
  int run_after(const Predecessor& predecessor, Deployment deployment);

 private:
  enum class State : std::uint8_t {
    /// Not ready, or not yet promoted in the place of a predecessor.
    starting,
    serving,
    stopping,
  };

  /// What is kept of a build while it is in service.
  struct BuildInService {
    std::unique_ptr<project::BuildInUse> in_use;
    /// What was said of it.
    std::vector<std::string> notes;
  };

  // ControlHandler
  [[nodiscard]] ServerStatus status() const override;
  void reload(OnReloaded done) override;
  [[nodiscard]] base::Result<SnapshotResponse> take_snapshot(pid_t worker) override;
  [[nodiscard]] ListenersResponse share_listeners(std::vector<int>& descriptors) const override;
  void hand_over() override;

  /// Keeps the deployment's build from being removed, from now on.
  [[nodiscard]] static BuildInService build_of(const Deployment& deployment);
  /// The build of that name has been promoted.
  void note_promoted(const std::string& name, BuildInService build);
  void take_over_from(const Predecessor& predecessor);
  /// The control socket is this server's from now on.
  void announce(std::string_view what,
                base::Result<std::unique_ptr<control::ControlSocket>> control);
  void stop();

  const ProductionOptions& options_;
  observe::Log& log_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  net::EventLoop loop_;
  /// Before those that start workers, so that it sees to what the last ones leave.
  workers::Orphans orphans_{loop_};
  Service service_;
  std::vector<base::UniqueFd> sockets_;
  /// Duplicates of the listening sockets, for a successor.
  std::vector<base::UniqueFd> spare_sockets_;
  std::uint16_t port_;
  std::unique_ptr<control::ControlSocket> control_;
  BuildInService build_;
  net::Signals signals_;
  ServiceManager manager_;
  State state_ = State::starting;
  int exit_code_ = 0;
};

/// Serves as the options say; returns 0 after SIGINT or SIGTERM, 1 where it cannot begin, with the
/// reason in the log.
int run_production(const ProductionOptions& options, observe::Log& log);

}  // namespace millrace::serving
