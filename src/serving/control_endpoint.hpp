// A server's end of the control messages: decodes what comes over the control socket, has a handler do
// it, and encodes the response. A request that cannot be decoded is refused
// here and reaches no handler.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "control/control_socket.hpp"
#include "serving/control_messages.hpp"

namespace millrace::serving {

/// Does what a server is asked to. Called from the loop; outlives the endpoint.
class ControlHandler {
 public:
  using OnReloaded = std::function<void(base::Result<ReloadResponse>)>;

  ControlHandler() = default;
  ControlHandler(const ControlHandler&) = delete;
  ControlHandler& operator=(const ControlHandler&) = delete;
  virtual ~ControlHandler() = default;

  [[nodiscard]] virtual ServerStatus status() const = 0;
  /// Calls `done` once, now or later.
  virtual void reload(OnReloaded done) = 0;
  [[nodiscard]] virtual base::Result<SnapshotResponse> take_snapshot(pid_t worker) = 0;
  /// The port, and into `descriptors` the listening sockets, which stay the handler's.
  [[nodiscard]] virtual ListenersResponse share_listeners(std::vector<int>& descriptors) const = 0;
  /// A successor accepts connections. The response has been sent.
  virtual void hand_over() = 0;
};

/// Has `handler` do what `request`, a line from the control socket, asks for, and calls `reply` once,
/// now or later.
void handle_control_request(std::string_view request, const control::Reply& reply,
                            ControlHandler& handler);

/// What a control socket calls, so that `handler` gets its requests.
[[nodiscard]] control::Handler to_handler(ControlHandler& handler);

}  // namespace millrace::serving
