// RequestTally counts what one request moves, and reports it once to metrics, traces and logs,
// whatever version of HTTP it came by.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "net/timer.hpp"
#include "observe/request_record.hpp"

namespace millrace::net {
struct Peer;
}

namespace millrace::gateway {

class Exchange;
class Server;

/// Belongs to the loop's thread.
class RequestTally {
 public:
  /// The response's status; 0 before it has begun.
  std::uint16_t status = 0;
  /// Body bytes, without framing.
  std::uint64_t body_sent = 0;
  std::uint64_t body_received = 0;
  /// When the head was parsed.
  net::Clock::time_point began = {};

  /// Counts the request in metrics, and ends its trace, once. `result`: 0 without a complete
  /// response.
  void count(Server& server, Exchange& exchange, std::string_view method, std::uint16_t result);

  /// Counts the request and passes its record to the server's observers, once.
  void record(Server& server, Exchange& exchange, std::string_view method, const net::Peer& peer,
              observe::RequestOutcome outcome);

  /// Logs, once, that a request has waited long for its response.
  void note_silence(const Server& server, Exchange& exchange);

 private:
  bool counted_ = false;
  bool recorded_ = false;
  bool silence_logged_ = false;
};

/// Passes the record of a request whose head was refused to the server's observers.
void record_refused(Server& server, const net::Peer& peer, std::uint16_t status, std::size_t sent);

}  // namespace millrace::gateway
