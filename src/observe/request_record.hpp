// RequestRecord is what the server knows about a request once it is over: the material of access
// logs and metrics. The gateway makes one for each request and passes it to every RequestObserver.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace millrace::observe {

/// Where a response came from.
enum class ResponseOrigin : std::uint8_t {
  /// The server itself: redirects, rejected requests, failures.
  server,
  worker,
  cache,
  file,
  upstream,
};

/// What the server's cache did for a request.
enum class CacheState : std::uint8_t {
  /// The response cannot be cached.
  none,
  hit,
  /// Sent, and revalidated in the background.
  stale,
  miss,
  /// The browser is in draft mode.
  bypass,
};

enum class RequestOutcome : std::uint8_t {
  complete,
  /// The client disconnected before the end of the response.
  client_left,
  /// The server closed the connection before the end of the response.
  cut,
};

/// The views are valid during the call that passes the record.
struct RequestRecord {
  /// Empty where the request's head could not be parsed.
  std::string_view method;
  /// Path and query as received.
  std::string_view target;
  /// 10, 11 or 20.
  std::uint8_t version = 11;
  /// The address at the other end of the connection.
  std::string_view client;
  /// The request's id; empty where request ids are off.
  std::string_view id;
  /// The trace that the caller's `traceparent` names, where request ids are on; or empty.
  std::string_view trace_id;

  /// 0 where no response was begun.
  std::uint16_t status = 0;
  /// Body bytes, after compression and without the framing of chunks.
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  RequestOutcome outcome = RequestOutcome::complete;
  ResponseOrigin origin = ResponseOrigin::server;
  CacheState cache = CacheState::none;

  /// The route's path as in the manifest, "/api/users/[id]"; empty where no route matched.
  std::string_view route;
  /// The pool that runs the route; empty where no worker was asked.
  std::string_view pool;

  /// From the request's head to the last byte of the response.
  std::chrono::nanoseconds total{0};
  /// Waiting for a worker, for the middleware and the route together.
  std::chrono::nanoseconds queue{0};
  /// The middleware's own time, without queueing.
  std::chrono::nanoseconds middleware{0};
  /// From the moment that a worker or an upstream has the request to the head of its response.
  std::chrono::nanoseconds handler{0};
};

/// Belongs to the loop's thread.
class RequestObserver {
 public:
  RequestObserver() = default;
  RequestObserver(const RequestObserver&) = delete;
  RequestObserver& operator=(const RequestObserver&) = delete;
  virtual ~RequestObserver() = default;

  /// A request is over. Must not throw.
  virtual void on_request_over(const RequestRecord& record) = 0;
};

/// Identifies a request in the log. The views are valid during the call that passes it.
struct LoggedRequest {
  /// Empty where request ids are off.
  std::string_view id;
  std::string_view trace_id;
  std::string_view method;
  /// As received; Log masks secrets in it.
  std::string_view target;
  /// As RequestRecord::route.
  std::string_view route;
};

}  // namespace millrace::observe
