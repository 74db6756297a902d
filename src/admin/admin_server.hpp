// AdminServer responds to operators' tools (Prometheus, load balancers, orchestrators) on an address
// of its own. It runs on the server's loop and needs no worker, so that it responds when all workers
// are blocked. Connections, requests and times are bounded.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"
#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "net/timer.hpp"

namespace millrace::admin {

struct Response {
  std::uint16_t status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
};

/// Responds to GET and HEAD. Called from the loop; must outlive the server.
class Handler {
 public:
  Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  virtual ~Handler() = default;

  /// `path`: without a query. `accept`: the value of the Accept field, or empty.
  [[nodiscard]] virtual Response respond(std::string_view path, std::string_view accept) = 0;
};

/// Belongs to the loop's thread.
class AdminServer final : private net::TurnTask {
 public:
  /// At most; when another connects, the connection that has been idle longest is closed, or the
  /// new one where none is idle.
  static constexpr std::size_t kMostConnections = 32;
  /// Bytes of a request's head; a longer one gets 431. Requests with a body get 413.
  static constexpr std::size_t kLongestHead = std::size_t{8} * 1024;

  struct Times {
    /// For a request to arrive, and then for the client to take the response.
    std::chrono::milliseconds request{10'000};
    /// For a connection to wait for its next request.
    std::chrono::milliseconds idle{120'000};
  };

  /// `sockets` listen. `handler` and `loop` outlive the server.
  AdminServer(net::EventLoop& loop, std::vector<base::UniqueFd> sockets, Handler& handler,
              Times times);
  AdminServer(net::EventLoop& loop, std::vector<base::UniqueFd> sockets, Handler& handler)
      : AdminServer(loop, std::move(sockets), handler, Times()) {}
  ~AdminServer() override;

  /// Returns the number of open connections, and of those that wait for a request.
  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] std::size_t idle_connections() const;

 private:
  class Connection;

  void accept(base::UniqueFd socket);
  void run_at_turn_end() override;

  net::EventLoop& loop_;
  Handler& handler_;
  Times times_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  /// Oldest first.
  std::list<std::unique_ptr<Connection>> connections_;
};

}  // namespace millrace::admin
