// ExchangeFacts is what an exchange learns about its request on the way, for logs and metrics: the
// route, where the response comes from, and how long the request waited for whom.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "net/event_loop.hpp"
#include "observe/request_record.hpp"

namespace millrace::gateway {

struct ExchangeFacts {
  /// The number of the route that the request matched.
  std::optional<std::uint32_t> route;
  /// Whether a worker was asked to run that route.
  bool asked_workers = false;
  observe::ResponseOrigin origin = observe::ResponseOrigin::server;
  observe::CacheState cache = observe::CacheState::none;
  std::chrono::nanoseconds queue{0};
  std::chrono::nanoseconds middleware{0};
  std::chrono::nanoseconds handler{0};
  /// When the current source began; nothing once it has responded or failed.
  std::optional<net::Clock::time_point> source_began;

  void begin_source(observe::ResponseOrigin from, net::Clock::time_point now) {
    origin = from;
    source_began = now;
  }

  /// The worker that runs the middleware or the route has responded or failed. `waited`: how long
  /// the invocation waited for it; nullopt where no worker has taken it.
  void end_worker(std::optional<net::Clock::duration> waited, bool is_middleware,
                  net::Clock::time_point now) {
    if (!source_began) return;
    const net::Clock::duration took = now - *source_began;
    // The queue reads the clock itself, the rest takes the time of the loop's turn.
    const net::Clock::duration queued = std::min(waited.value_or(took), took);
    queue += queued;
    (is_middleware ? middleware : handler) += took - queued;
    source_began.reset();
  }

  /// Another source has responded or failed.
  void end_source(net::Clock::time_point now) {
    if (!source_began) return;
    handler += now - *source_began;
    source_began.reset();
  }
};

}  // namespace millrace::gateway
