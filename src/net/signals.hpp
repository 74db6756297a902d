// Signals calls back from the event loop when the process receives one of the given signals.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>

#include "net/event_loop.hpp"

namespace millrace::net {

/// Belongs to the loop's thread. While it exists, the default actions of the signals are disabled.
class Signals {
 public:
  Signals(EventLoop& loop, std::initializer_list<int> signals, std::function<void(int)> on_signal);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

 private:
  struct Impl;
  static void wait(const std::shared_ptr<Impl>& impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace millrace::net
