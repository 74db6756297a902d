// Farewells tell clients that are turned away why, in one response, and close their connections.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/unique_fd.hpp"
#include "net/event_loop.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread, which may outlive it.
class Farewells {
 public:
  /// Clients that are told at a time; others are closed in silence.
  static constexpr std::size_t kMost = 64;

  /// `response` is the whole of it, head and all.
  void turn_away(net::EventLoop& loop, base::UniqueFd socket, std::string_view response) const;

 private:
  /// Sockets that are still sending.
  std::shared_ptr<std::size_t> count_ = std::make_shared<std::size_t>(0);
};

}  // namespace millrace::gateway
