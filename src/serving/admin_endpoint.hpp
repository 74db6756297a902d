// AdminEndpoint is what the admin address serves: the metrics page and health checks. It opens the
// address, where a takeover's predecessor may still listen for a moment.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "admin/admin_server.hpp"
#include "base/result.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"
#include "observe/log.hpp"
#include "project/listen_address.hpp"
#include "serving/service.hpp"

namespace millrace::serving {

/// Returns a sentence about the readiness, for the one who checks it.
[[nodiscard]] std::string_view describe(Readiness readiness);

/// Belongs to the loop's thread.
class AdminEndpoint final : private admin::Handler {
 public:
  /// All arguments outlive the endpoint.
  AdminEndpoint(net::EventLoop& loop, Service& service, observe::Log& log);
  ~AdminEndpoint() override;

  /// Listens on `address`. The error names it.
  [[nodiscard]] base::Result<void> open(const project::ListenAddress& address);

  /// As open(); while the address is in use tries again, for kPatience, and logs if it gives up.
  void open_after_predecessor(const project::ListenAddress& address);

  /// Stops to listen, and closes all connections.
  void close();

  /// Returns the address; empty while it does not listen.
  [[nodiscard]] std::string address() const;

  static constexpr std::chrono::seconds kPatience{30};

 private:
  // admin::Handler
  [[nodiscard]] admin::Response respond(std::string_view path, std::string_view accept) override;

  void try_again();

  net::EventLoop& loop_;
  Service& service_;
  observe::Log& log_;
  project::ListenAddress address_;
  net::Clock::time_point give_up_{};
  net::Timer retry_timer_;
  std::unique_ptr<admin::AdminServer> server_;
};

}  // namespace millrace::serving
