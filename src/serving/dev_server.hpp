// DevServer serves a project during development. Each relevant save is built and deployed; requests
// that arrive during a build wait and are served by the new code.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "dev/dev_session.hpp"
#include "dev/project_builder.hpp"
#include "net/event_loop.hpp"
#include "net/signals.hpp"
#include "observe/dev_request_log.hpp"
#include "observe/log.hpp"
#include "serving/dev_control.hpp"
#include "serving/dev_environment.hpp"
#include "serving/dev_report.hpp"
#include "serving/runtime.hpp"
#include "serving/service.hpp"
#include "workers/inspector.hpp"
#include "workers/orphans.hpp"

namespace millrace::serving {

struct DevOptions {
  Runtime runtime;
  /// For debugging workers that run JavaScript; null for none.
  std::shared_ptr<workers::Inspector> inspector;
  /// As for net::bind_sockets.
  std::string host = "localhost";
  std::uint16_t port = 3000;
  std::size_t workers = 1;
  /// Speaks HTTPS, with a certificate that it makes.
  bool https = false;
  /// The URL of the upstream; empty: as millrace.toml says.
  std::string upstream;
  /// Polls the files: at this interval, or the default one where it is 0. Absent: only where the
  /// file system or next.config requires it.
  std::optional<std::chrono::milliseconds> poll;
};

/// Belongs to the loop's thread, the one that calls run().
class DevServer final : private dev::DevSession::Observer {
 public:
  /// `options` and `log` must outlive the server.
  DevServer(const DevOptions& options, observe::Log& log);

  /// Serves until SIGINT or SIGTERM and returns 0. Returns 1, with the reason in the log, if it
  /// cannot start.
  int run();

 private:
  void on_rebuild_begins(bool native_only) override;
  void on_built(dev::BuiltProject built) override;
  void on_compiled(dev::BuiltProject built) override;
  void on_failed(const std::string& text) override;
  void deploy(dev::BuiltProject built, bool keeps_cache);
  [[nodiscard]] ServiceOptions service_options();
  /// Loads the certificate for HTTPS, or makes it.
  [[nodiscard]] base::Result<void> secure();
  int refuse_to_start(const base::Error& error);
  void stop();
  /// Makes the error pages, from a file of the installation.
  base::Result<void> make_pages();
  /// Opens a file in the developer's editor, if it is a file of the project.
  base::Result<void> open_in_editor(const gateway::SourcePlace& place);

  const DevOptions& options_;
  observe::Log& log_;
  DevReport report_;
  observe::DevRequestLog requests_;
  DevEnvironment environment_;
  net::EventLoop loop_;
  workers::Orphans orphans_{loop_};
  dev::ProjectBuilder builder_;
  Service service_;
  DevControl control_;
  dev::DevSession session_;
  net::Signals signals_;
  std::uint16_t port_ = 0;
  bool stopping_ = false;
  /// Counts the builder and the service.
  int still_running_ = 2;
};

}  // namespace millrace::serving
