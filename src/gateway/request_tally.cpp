#include "gateway/request_tally.hpp"

#include <utility>

#include "gateway/exchange.hpp"
#include "gateway/server.hpp"

namespace millrace::gateway {

namespace {

/// A dual-stack listener sees IPv4 clients as "::ffff:192.0.2.7"; logs name them as they are known.
std::string_view plain_address(std::string_view address) {
  constexpr std::string_view kMapped = "::ffff:";
  const bool mapped = address.starts_with(kMapped) && address.find('.') != std::string_view::npos;
  return mapped ? address.substr(kMapped.size()) : address;
}

}  // namespace

void RequestTally::count(Server& server, Exchange& exchange, std::string_view method,
                         std::uint16_t result) {
  if (std::exchange(counted_, true)) return;
  exchange.finish_trace(result);
  server.metrics().requests.add({.label = exchange.label(),
                                 .method = method,
                                 .status = result,
                                 .duration = server.loop().now() - began,
                                 .request_bytes = body_received,
                                 .response_bytes = body_sent});
}

void RequestTally::record(Server& server, Exchange& exchange, std::string_view method,
                          const net::Peer& peer, observe::RequestOutcome outcome) {
  const bool is_complete = outcome == observe::RequestOutcome::complete;
  count(server, exchange, method, is_complete ? status : std::uint16_t{0});
  if (recorded_ || server.observers().empty()) return;
  recorded_ = true;
  observe::RequestRecord record;
  record.client = plain_address(peer.address);
  record.status = status;
  record.sent = body_sent;
  record.received = body_received;
  record.outcome = outcome;
  record.total = server.loop().now() - began;
  exchange.describe(record);
  for (observe::RequestObserver* const observer : server.observers()) {
    observer->on_request_over(record);
  }
}

void RequestTally::note_silence(const Server& server, Exchange& exchange) {
  const std::chrono::seconds limit = server.silence();
  if (limit.count() == 0 || silence_logged_ || status != 0) return;
  const auto age = net::Clock::now() - began;
  if (age < limit) return;
  silence_logged_ = true;
  exchange.log_silence(std::chrono::duration_cast<std::chrono::seconds>(age));
}

void record_refused(Server& server, const net::Peer& peer, std::uint16_t status, std::size_t sent) {
  observe::RequestRecord record;
  record.client = plain_address(peer.address);
  record.status = status;
  record.sent = sent;
  for (observe::RequestObserver* const observer : server.observers()) {
    observer->on_request_over(record);
  }
}

}  // namespace millrace::gateway
