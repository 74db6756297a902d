// A project in production, from its build to its end: the service, the signals and the control
// socket by which others have it reload, hand over its sockets and end.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "control/control_socket.hpp"
#include "net/event_loop.hpp"
#include "net/signals.hpp"
#include "net/timer.hpp"
#include "observe/log.hpp"
#include "project/builds.hpp"
#include "serving/service.hpp"
#include "serving/start_production.hpp"
#include "workers/orphans.hpp"

namespace millrace::serving {

/// What is to be served: the current build, with the settings and the environment of this moment.
[[nodiscard]] base::Result<Deployment> read_deployment(const StartOptions& options);

/// Belongs to the loop's thread, which is run()'s.
class Production {
 public:
  /// `sockets`: listening, on `port`.
  Production(const StartOptions& options, observe::Log& log, std::vector<base::UniqueFd> sockets,
             std::uint16_t port);

  /// Serves until it is told to stop; the process's exit code.
  int run(Deployment deployment);

  /// As run(), in the place of the server whose control socket `predecessor` is: it serves until
  /// this one's workers have loaded every route, and goes on if they cannot.
  int run_after(const std::filesystem::path& predecessor, Deployment deployment);

 private:
  void open_control();
  void on_request(std::string_view request, const control::Reply& reply);
  void reload(const control::Reply& reply);
  void snapshot(const boost::json::object& request, const control::Reply& reply);
  void begin(std::string_view what);
  void stop();
  void watch_over();

  const StartOptions& options_;
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
  std::unique_ptr<project::BuildInUse> in_use_;
  /// What was said of the build in service.
  std::vector<std::string> notes_;
  net::Signals signals_;
  net::Timer watchdog_;
  bool stopping_ = false;
  int exit_code_ = 0;
};

}  // namespace millrace::serving
