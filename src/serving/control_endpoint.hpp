// The server's side of the control messages: decodes requests from the control socket, passes them
// to a handler, and encodes the responses. A request that cannot be decoded is refused here and
// never reaches the handler.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "control/control_socket.hpp"
#include "serving/control_messages.hpp"

namespace millrace::serving {

/// Carries out control requests. Called from the loop; must outlive the endpoint.
class ControlHandler {
 public:
  using OnReloaded = std::function<void(base::Result<ReloadResponse>)>;

  ControlHandler() = default;
  ControlHandler(const ControlHandler&) = delete;
  ControlHandler& operator=(const ControlHandler&) = delete;
  virtual ~ControlHandler() = default;

  [[nodiscard]] virtual ServerStatus status() const = 0;
  /// Calls `done` once, during the call or later.
  virtual void reload(OnReloaded done) = 0;
  [[nodiscard]] virtual base::Result<SnapshotResponse> take_snapshot(pid_t worker) = 0;
  /// Returns the port, and appends the listening sockets to `descriptors`; the handler keeps owning
  /// them.
  [[nodiscard]] virtual ListenersResponse share_listeners(std::vector<int>& descriptors) const = 0;
  /// Returns the keys of session tickets; empty where there are none.
  [[nodiscard]] virtual std::string ticket_keys() const { return {}; }
  /// Called when a successor accepts connections and the response has been sent.
  virtual void hand_over() = 0;
};

/// Decodes `request`, a line from the control socket, has `handler` carry it out, and calls `reply`
/// once, during the call or later.
void handle_control_request(std::string_view request, const control::Reply& reply,
                            ControlHandler& handler);

/// Returns a callback for the control socket that passes requests to `handler`.
[[nodiscard]] control::Handler to_handler(ControlHandler& handler);

}  // namespace millrace::serving
