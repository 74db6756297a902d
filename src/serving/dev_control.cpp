#include "serving/dev_control.hpp"

#include <system_error>
#include <utility>

#include "serving/heap_snapshots.hpp"
#include "serving/server_status.hpp"

namespace millrace::serving {

base::Result<void> DevControl::open(net::EventLoop& loop, std::uint16_t port) {
  port_ = port;
  std::error_code ignored;
  std::filesystem::create_directories(root_ / ".millrace", ignored);
  auto socket = control::ControlSocket::open_for(loop, root_, port, to_handler(*this),
                                                 control::ServerKind::development);
  if (!socket) return socket.error();
  socket_ = std::move(socket).value();
  return {};
}

ServerStatus DevControl::status() const { return status_of(service_, port_); }

void DevControl::reload(OnReloaded done) {
  done(base::Error(base::ErrorCode::conflict, "a development server builds on each save"));
}

base::Result<SnapshotResponse> DevControl::take_snapshot(pid_t worker) {
  return take_heap_snapshot(service_, root_, worker);
}

/// Port 0 and no sockets: successors look for servers in production only.
ListenersResponse DevControl::share_listeners(std::vector<int>& /*descriptors*/) const {
  return {};
}

}  // namespace millrace::serving
