// Connector opens a TCP connection to a host by name: resolves it, tries its addresses one after
// another, and hands over the socket. Asio stays behind it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "net/event_loop.hpp"

namespace millrace::net {

/// One attempt. Belongs to the loop's thread. Destroying it gives up; nothing is called then.
class Connector {
 public:
  /// A connected non-blocking socket, or why there is none: the name is unknown, all addresses
  /// refuse, or the time is over.
  using OnDone = std::function<void(base::Result<base::UniqueFd>)>;

  /// `on_done` is called once, from the loop, never from inside the constructor; it may destroy the
  /// connector.
  Connector(EventLoop& loop, const std::string& host, const std::string& port,
            std::chrono::milliseconds time, OnDone on_done);
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;
  ~Connector();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace millrace::net
