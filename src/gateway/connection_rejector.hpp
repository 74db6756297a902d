// ConnectionRejector sends one response with the reason to each client whose connection is rejected,
// and closes the connection.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/unique_fd.hpp"
#include "net/event_loop.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread. The loop may outlive it.
class ConnectionRejector {
 public:
  /// Responses being sent at the same time; further connections are closed without one.
  static constexpr std::size_t kMost = 64;

  /// Sends `response`, a complete response with its head, and closes `socket`.
  void reject(net::EventLoop& loop, base::UniqueFd socket, std::string_view response) const;

 private:
  /// Sockets that are still sending.
  std::shared_ptr<std::size_t> count_ = std::make_shared<std::size_t>(0);
};

}  // namespace millrace::gateway
