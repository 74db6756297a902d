// ResponseSource is where the response of an exchange comes from: a worker's invocation, another
// server, a response that the cache keeps or is being filled with, a file. An exchange has one at a
// time, which takes the request's body and gives the response as fast as the client takes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "link/frame.hpp"
#include "workers/invocation.hpp"

namespace millrace::gateway {

/// Why a source has no complete response.
enum class SourceFailure : std::uint8_t {
  /// The worker ended, or broke the protocol, with the request inside it.
  worker_died,
  /// The handler gave up.
  handler_failed,
  /// The route's response has a status below 200.
  bad_status,
  /// No worker takes the request now.
  unavailable,
  /// The route has ended its workers again and again and pauses.
  paused,
  /// The route ran longer than its `maxDuration`.
  deadline,
  /// The request's head does not fit a frame of the link.
  head_too_large,
  /// The other server cannot be reached, or breaks off.
  upstream,
  /// The routes it was matched against are gone: match again.
  stale_generation,
  /// Those who run these routes drain: match again where there are others.
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
    case workers::Failure::unavailable:
      break;
  }
  return SourceFailure::unavailable;
}

/// Pinned in memory. Belongs to the loop's thread. Destroying it ends what is under way.
class ResponseSource {
 public:
  /// Hears of the response, from the loop or from inside begin(). May destroy the source in each call.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// The head, with the first bytes of the body. Once, before any on_body. The fields are
    /// validated. The bytes count until credit() says that the client has taken them.
    virtual void on_response(const link::ResponseView& response, bool end) = 0;
    virtual void on_body(std::string_view bytes, bool end) = 0;

    /// There is room for (more of) the request's body.
    virtual void on_writable() = 0;

    /// Nothing follows. `reason`: for the log, empty where it has nothing to say. At most one of this
    /// and an `end`.
    virtual void on_failed(SourceFailure failure, std::string_view reason) = 0;
  };

  ResponseSource() = default;
  ResponseSource(const ResponseSource&) = delete;
  ResponseSource& operator=(const ResponseSource&) = delete;
  virtual ~ResponseSource() = default;

  /// Begins. Once. The source, and the exchange, may be gone afterwards.
  virtual void begin() = 0;

  /// Bytes of the request's body that it takes now; 0 for a source that takes none.
  [[nodiscard]] virtual std::size_t body_room() const { return 0; }

  /// Takes a piece of the request's body, at most body_room() bytes.
  virtual void send_body(std::string_view /*bytes*/, bool /*end*/) {}

  /// The client has taken all that it was sent, with `bytes` of this response's body among it that
  /// were not reported before: more may come. The exchange may be gone afterwards.
  virtual void credit(std::size_t bytes) = 0;

  /// Ends it from this side; no call of the observer follows.
  virtual void cancel() {}
};

}  // namespace millrace::gateway
