// ServerLogs applies the settings of `[log]` to a production server: the form of its messages, the
// access log, the ids of requests; and opens its log files anew when asked.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "gateway/server.hpp"
#include "net/event_loop.hpp"
#include "observe/access_log.hpp"
#include "observe/log.hpp"
#include "project/settings.hpp"

namespace millrace::serving {

/// Values of the command line, which override millrace.toml; empty: none.
struct LogOverrides {
  std::string format;
  std::string access;
};

/// What of `[log]` a server applies.
struct LogPlan {
  observe::LogSettings settings;
  bool request_ids = false;
  std::chrono::seconds silence{0};
};

/// Returns the plan for these settings. Relative paths are relative to `root`.
[[nodiscard]] LogPlan plan_logs(const project::LogKeys& keys, const LogOverrides& overrides,
                                const std::filesystem::path& root);

/// Belongs to the loop's thread.
class ServerLogs {
 public:
  /// Loop and log outlive it.
  ServerLogs(net::EventLoop& loop, observe::Log& log) : log_(log), access_(loop, log) {}

  /// Writes the access log; to be added to the server's observers.
  [[nodiscard]] observe::RequestObserver& observer() { return access_; }

  /// Applies a plan. Where a log file cannot be opened it returns an error, and the settings
  /// before stay.
  [[nodiscard]] base::Result<void> apply(const LogPlan& plan, gateway::Server& server);

  /// Opens the log files anew; failures are logged.
  void reopen();

 private:
  observe::Log& log_;
  observe::AccessLog access_;
};

}  // namespace millrace::serving
