// ProductionServer serves a project's build until it is stopped: it combines the service, the
// signals, and the requests of commands and a successor over the control socket.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "control/control_socket.hpp"
#include "net/event_loop.hpp"
#include "net/signals.hpp"
#include "observe/log.hpp"
#include "project/builds.hpp"
#include "serving/admin_endpoint.hpp"
#include "serving/control_endpoint.hpp"
#include "serving/predecessor.hpp"
#include "serving/production_options.hpp"
#include "serving/server_logs.hpp"
#include "serving/service.hpp"
#include "serving/service_manager.hpp"
#include "serving/tls_endpoint.hpp"
#include "workers/orphans.hpp"

namespace millrace::serving {

/// Belongs to the loop's thread, the one that calls run().
class ProductionServer final : private ControlHandler {
 public:
  /// `sockets` listen on `port`. `options` and `log` must outlive the server.
  ProductionServer(const ProductionOptions& options, observe::Log& log,
                   std::vector<base::UniqueFd> sockets, std::uint16_t port);

  /// Serves until it is stopped; returns the process's exit code.
  int run(Deployment deployment);

  /// Like run(), but takes over from `predecessor`, which serves until this server's workers have
  /// loaded every route, and continues if they cannot.
  int run_after(const Predecessor& predecessor, Deployment deployment);

 private:
  enum class State : std::uint8_t {
    /// Not ready yet, or not yet promoted in place of a predecessor.
    starting,
    serving,
    stopping,
  };

  /// What the log says about the first build's workers.
  enum class Announced : std::uint8_t { nothing, failed, ready };

  /// Kept for a build while it is in service.
  struct BuildInService {
    std::unique_ptr<project::BuildInUse> in_use;
    /// The notes that were logged for it.
    std::vector<std::string> notes;
    std::optional<LogPlan> logs;
    project::TlsSettings tls;
    /// Whether clients are offered HTTP/2.
    bool http2 = true;
  };

  // ControlHandler
  [[nodiscard]] ServerStatus status() const override;
  void reload(OnReloaded done) override;
  [[nodiscard]] base::Result<SnapshotResponse> take_snapshot(pid_t worker) override;
  [[nodiscard]] ListenersResponse share_listeners(std::vector<int>& descriptors) const override;
  [[nodiscard]] std::string ticket_keys() const override { return tls_.ticket_keys(); }
  void hand_over() override;

  [[nodiscard]] ServiceOptions service_options();
  /// Protects the deployment's build from removal from now on.
  [[nodiscard]] static BuildInService build_of(const Deployment& deployment);
  /// Called when the build of that name has been promoted.
  void note_promoted(const std::string& name, BuildInService build);
  void take_over_from(const Predecessor& predecessor);
  /// Logs name, addresses and what is served.
  void announce(const Deployment& deployment, const std::vector<base::UniqueFd>& sockets);
  /// Serves commands and a successor from now on.
  void take_control(base::Result<std::unique_ptr<control::ControlSocket>> control);
  /// Logs that the server is ready, and tells the service manager; only the first call has an
  /// effect.
  void become_ready(std::string_view what);
  /// The workers have loaded the build, or could not.
  void on_loaded(std::string_view failure);
  [[nodiscard]] std::int64_t milliseconds_since_start() const;
  /// Applies the settings of the logs; returns whether that succeeded, else the reason is logged.
  [[nodiscard]] bool apply_logs(const Deployment& deployment);
  /// Loads the certificates, and sets what else the server does at the edge. The reason is logged
  /// where that fails.
  [[nodiscard]] bool apply_tls(const project::TlsSettings& tls, bool http2);
  /// Accepts connections on `sockets_`.
  void listen(const project::TlsSettings& tls);
  void stop();

  const ProductionOptions& options_;
  observe::Log& log_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  net::EventLoop loop_;
  /// Declared before the members that start workers, so that it outlives them and ends the
  /// processes the last workers leave behind.
  workers::Orphans orphans_{loop_};
  /// Declared before the service, whose last requests it logs.
  ServerLogs logs_;
  Service service_;
  std::vector<base::UniqueFd> sockets_;
  /// Duplicates of the listening sockets, for a successor.
  std::vector<base::UniqueFd> spare_sockets_;
  std::uint16_t port_;
  std::unique_ptr<control::ControlSocket> control_;
  AdminEndpoint admin_;
  BuildInService build_;
  net::Signals signals_;
  ServiceManager manager_;
  TlsEndpoint tls_;
  State state_ = State::starting;
  Announced announced_ = Announced::nothing;
  int exit_code_ = 0;
};

/// Serves as the options say. Returns 0 after SIGINT or SIGTERM, or 1, with the reason in the log,
/// if it cannot start.
int run_production(const ProductionOptions& options, observe::Log& log);

}  // namespace millrace::serving
