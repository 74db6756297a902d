// ResponseSource is where the response of an exchange comes from: a worker's invocation, an
// upstream, a response in the cache or one that is being made for it, a file. An exchange has one
// source at a time, which receives the request's body and produces the response as fast as the
// client takes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "link/frame.hpp"
#include "workers/invocation.hpp"

namespace millrace::gateway {

/// Why a source failed to produce a complete response.
enum class SourceFailure : std::uint8_t {
  /// The worker ended or broke the protocol while the request was in flight.
  worker_died,
  /// The handler failed.
  handler_failed,
  /// The route's response has a status below 200.
  bad_status,
  /// The route has switched to a protocol that the client has not offered.
  bad_upgrade,
  /// No worker can take the request now.
  unavailable,
  /// The route is in quarantine, since its workers ended repeatedly.
  paused,
  /// The route ran longer than its `maxDuration`.
  deadline,
  /// The request's head does not fit into a frame of the link.
  head_too_large,
  /// The upstream of a rewrite cannot be reached, or failed.
  upstream,
  /// The site's upstream cannot be reached, or failed.
  bad_gateway,
  /// The site's upstream did not respond in time.
  gateway_timeout,
  /// The worker has closed the tunnel: what it has sent is delivered, then the connection closes.
  tunnel_closed,
  /// The routes that the request was matched against no longer exist: match it again.
  stale_generation,
  /// The fleet of these routes drains: match the request again if there is another site.
  outdated,
};

[[nodiscard]] constexpr SourceFailure source_failure(workers::Failure failure) {
  switch (failure) {
    case workers::Failure::worker_died:
      return SourceFailure::worker_died;
    case workers::Failure::handler_failed:
      return SourceFailure::handler_failed;
    case workers::Failure::stale_generation:
      return SourceFailure::stale_generation;
    case workers::Failure::deadline:
      return SourceFailure::deadline;
    case workers::Failure::tunnel_closed:
      return SourceFailure::tunnel_closed;
    case workers::Failure::unavailable:
      break;
  }
  return SourceFailure::unavailable;
}

/// Pinned in memory. Belongs to the loop's thread. Destroying it cancels what is in progress.
class ResponseSource {
 public:
  /// Receives the response, from the loop or from inside begin(). May destroy the source in each
  /// call.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// The head, with the first bytes of the body. Called once, before any on_body. The fields are
    /// validated. The status 101 begins a tunnel: the fields have Connection and Upgrade, bodies are
    /// the bytes of the tunnel, and `end` ends those of one side. The bytes count against the window until credit() reports that the client has
    /// taken them.
    virtual void on_response(const link::ResponseView& response, bool end) = 0;
    virtual void on_body(std::string_view bytes, bool end) = 0;

    /// Before on_response(), any number of times: the fields of a 103 (Early Hints) response (RFC
    /// 8297). The fields are validated.
    virtual void on_inform(std::string_view /*fields*/) {}

    /// The source has room for (more of) the request's body.
    virtual void on_writable() = 0;

    /// The source failed; no call follows. `reason` is for the log, or empty. Called at most once,
    /// and not after a call with `end`.
    virtual void on_failed(SourceFailure failure, std::string_view reason) = 0;
  };

  ResponseSource() = default;
  ResponseSource(const ResponseSource&) = delete;
  ResponseSource& operator=(const ResponseSource&) = delete;
  virtual ~ResponseSource() = default;

  /// Starts the source. Call once. The source and the exchange may be destroyed during the call.
  virtual void begin() = 0;

  /// The number of request body bytes that it can take now; 0 for a source that takes none.
  [[nodiscard]] virtual std::size_t body_room() const { return 0; }

  /// Takes a piece of the request's body, at most body_room() bytes.
  virtual void send_body(std::string_view /*bytes*/, bool /*end*/) {}

  /// The client has taken everything sent so far, including `bytes` of this response's body that
  /// were not reported before; the source may send more. The exchange may be destroyed during the
  /// call.
  virtual void credit(std::size_t bytes) = 0;

  /// The server shuts down: a tunnel is to be closed soon, by its other end.
  virtual void drain() {}

  /// Cancels the source; it makes no further call to the observer.
  virtual void cancel() {}
};

}  // namespace millrace::gateway
