// Dispatcher gives invocations to the workers that run their routes: what the gateway knows of them.
// A fleet is one; tests of the gateway have one of their own.
#pragma once

#include <cstdint>
#include <string_view>

#include "workers/invocation.hpp"

namespace millrace::workers {

/// What became of an invocation given to a dispatcher.
enum class Dispatch : std::uint8_t {
  /// A worker has it.
  open,
  /// It waits for a worker.
  queued,
  /// Nothing was done: the queue is full, or the workers fail to start.
  refused,
  /// Nothing was done: the route has ended its workers again and again and pauses.
  paused,
  /// Nothing was done: the pool drains; another has taken its place.
  outdated,
  /// Nothing was done: the request's head does not fit a frame of the link.
  too_large,
};

/// Belongs to the loop's thread.
class Dispatcher {
 public:
  Dispatcher() = default;
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;
  virtual ~Dispatcher() = default;

  /// Gives `invocation` to a worker of its route, or has it wait for one.
  [[nodiscard]] virtual Dispatch dispatch(Invocation& invocation) = 0;

  /// Whether a worker takes requests that no route is for (protocol::kNoRoute).
  [[nodiscard]] virtual bool listens() const = 0;

  /// Whose data and responses the route sees in the caches; see PoolOptions::cache_scope. Valid as
  /// long as the dispatcher.
  [[nodiscard]] virtual std::string_view cache_scope(std::uint32_t route) const = 0;
};

}  // namespace millrace::workers
