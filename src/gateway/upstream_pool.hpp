// UpstreamPool keeps idle connections to upstreams for later requests. A connection is used by one
// request at a time, is closed when it has been idle for a few seconds, and leaves the pool as soon
// as the upstream ends it or sends anything.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/upstream_connection.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread.
class UpstreamPool {
 public:
  /// The most idle connections; one more closes the one that has been idle longest.
  static constexpr std::size_t kMostIdle = 64;
  /// Node.js closes a connection that has been idle for five seconds: shorter, so that the upstream
  /// does not close it under a request.
  static constexpr std::chrono::milliseconds kIdleTime{4000};

  /// `loop` outlives the pool.
  explicit UpstreamPool(net::EventLoop& loop);
  UpstreamPool(const UpstreamPool&) = delete;
  UpstreamPool& operator=(const UpstreamPool&) = delete;
  ~UpstreamPool();

  /// Returns the connection to `server` (UpstreamTarget::server()) that became idle last, or null.
  /// Its observer must be set at once.
  [[nodiscard]] std::unique_ptr<UpstreamConnection> take(std::string_view server);

  /// Keeps a connection whose response is complete. `keep_alive`: the value of the response's
  /// Keep-Alive field, whose timeout shortens the idle time.
  void put(std::string server, std::unique_ptr<UpstreamConnection> connection,
           std::string_view keep_alive);

  /// Closes the connection that has been idle longest. Returns false where there is none.
  bool evict();

  [[nodiscard]] std::size_t size() const { return idle_.size(); }

 private:
  class Idle;

  void remove(const Idle& idle);

  net::EventLoop& loop_;
  /// The one that has been idle longest is the first.
  std::list<std::unique_ptr<Idle>> idle_;
};

/// Returns how long a connection may be idle for a response with this value of Keep-Alive: a second
/// less than its timeout, at most UpstreamPool::kIdleTime.
[[nodiscard]] std::chrono::milliseconds idle_time(std::string_view keep_alive);

}  // namespace millrace::gateway
