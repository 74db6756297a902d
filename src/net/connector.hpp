// Connector opens a TCP connection to a host by name: it resolves the name, tries the addresses one
// after another, and passes on the connected socket. It hides Asio.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "net/event_loop.hpp"

namespace millrace::net {

/// One attempt. Belongs to the loop's thread. Destroying it cancels the attempt without a call.
class Connector {
 public:
  /// Receives a connected non-blocking socket, or the error: the name cannot be resolved, all
  /// addresses refused the connection, or the time limit has passed.
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
