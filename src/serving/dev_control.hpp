// DevControl carries out the control requests that a development server supports: `millrace ps` and
// `millrace snapshot`. It has no builds to reload, and no successor.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "control/control_socket.hpp"
#include "net/event_loop.hpp"
#include "serving/control_endpoint.hpp"
#include "serving/service.hpp"

namespace millrace::serving {

/// Belongs to the loop's thread.
class DevControl final : private ControlHandler {
 public:
  /// `service` must outlive it. `root`: the project's folder.
  DevControl(const Service& service, std::filesystem::path root)
      : service_(service), root_(std::move(root)) {}

  /// Accepts requests from now on. Error: the project's folder cannot be written.
  base::Result<void> open(net::EventLoop& loop, std::uint16_t port);

 private:
  [[nodiscard]] ServerStatus status() const override;
  void reload(OnReloaded done) override;
  [[nodiscard]] base::Result<SnapshotResponse> take_snapshot(pid_t worker) override;
  [[nodiscard]] ListenersResponse share_listeners(std::vector<int>& descriptors) const override;
  void hand_over() override {}

  const Service& service_;
  std::filesystem::path root_;
  std::uint16_t port_ = 0;
  std::unique_ptr<control::ControlSocket> socket_;
};

}  // namespace millrace::serving
