// What a connection reports about its requests: a record for logs and metrics, made once for each.
#include "gateway/connection.hpp"
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

void Connection::count_request(std::uint16_t status) {
  if (std::exchange(current_.counted, true)) return;
  exchange_->finish_trace(status);
  server_.metrics().requests.add({.label = exchange_->label(),
                                  .method = parser_.head().method,
                                  .status = status,
                                  .duration = server_.loop().now() - current_.began,
                                  .request_bytes = current_.body_received,
                                  .response_bytes = current_.body_sent});
}

void Connection::record(observe::RequestOutcome outcome) {
  const bool is_complete = outcome == observe::RequestOutcome::complete;
  count_request(is_complete ? current_.status : std::uint16_t{0});
  if (current_.recorded || server_.observers().empty()) return;
  current_.recorded = true;
  observe::RequestRecord record;
  record.client = plain_address(peer_.address);
  record.status = current_.status;
  record.sent = current_.body_sent;
  record.received = current_.body_received;
  record.outcome = outcome;
  record.total = server_.loop().now() - current_.began;
  exchange_->describe(record);
  for (observe::RequestObserver* const observer : server_.observers()) {
    observer->on_request_over(record);
  }
}

void Connection::record_refused(std::uint16_t status, std::size_t sent) {
  if (exchange_) {
    current_.status = status;
    current_.body_sent = sent;
    return record(observe::RequestOutcome::complete);
  }
  observe::RequestRecord record;
  record.client = plain_address(peer_.address);
  record.status = status;
  record.sent = sent;
  for (observe::RequestObserver* const observer : server_.observers()) {
    observer->on_request_over(record);
  }
}

void Connection::end_exchange(observe::RequestOutcome outcome) {
  if (!exchange_) return;
  record(outcome);
  exchange_.reset();
}

}  // namespace millrace::gateway
