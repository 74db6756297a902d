// Dispatcher gives invocations to the workers that run their routes; it is the gateway's interface
// to them. Fleet implements it; tests of the gateway use their own.
#pragma once

#include <cstdint>
#include <string_view>

#include "workers/invocation.hpp"
#include "workers/unrouted.hpp"

namespace millrace::workers {

/// What a dispatcher did with an invocation.
enum class Dispatch : std::uint8_t {
  /// A worker has it.
  open,
  /// It waits for a worker.
  queued,
  /// Rejected: the queue is full, or the workers fail to start.
  refused,
  /// Rejected: the route is in quarantine, because it has repeatedly ended its workers.
  paused,
  /// Rejected: the pool drains; another has replaced it.
  outdated,
  /// Rejected: the request's head does not fit in a frame of the link.
  too_large,
};

/// Belongs to the loop's thread.
class Dispatcher {
 public:
  Dispatcher() = default;
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;
  virtual ~Dispatcher() = default;

  /// Gives `invocation` to a worker of its route, or queues it.
  [[nodiscard]] virtual Dispatch dispatch(Invocation& invocation) = 0;

  /// Returns whether a worker is ready, or none has to be: every pool starts its workers when
  /// requests arrive.
  [[nodiscard]] virtual bool serves() const { return true; }

  /// Returns whether a worker takes those requests without a route (protocol::kNoRoute).
  [[nodiscard]] virtual bool listens(Unrouted which) const = 0;

  /// Returns the scope of the route's data and responses in the caches; see
  /// PoolOptions::cache_scope. Valid as long as the dispatcher.
  [[nodiscard]] virtual std::string_view cache_scope(std::uint32_t route) const = 0;

  /// Returns the share of the queue that is used, of the pool that runs the route.
  [[nodiscard]] virtual double queue_share(std::uint32_t /*route*/) const { return 0; }

  /// Returns the name of the pool that runs the route, for the log. Valid as long as the dispatcher.
  [[nodiscard]] virtual std::string_view pool_name(std::uint32_t /*route*/) const { return {}; }
};

}  // namespace millrace::workers
