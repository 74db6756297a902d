// ClientResponse is the response of an exchange on its way to the client: its head meets the fields
// that were known before it, its body is compressed for a client that asks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "gateway/compressing_transport.hpp"
#include "gateway/exchange_context.hpp"
#include "gateway/own_responses.hpp"
#include "gateway/pending_fields.hpp"
#include "gateway/transport.hpp"
#include "http/request_parser.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread. As with Transport, nothing of the exchange may be touched after a call
/// that ends the response.
class ClientResponse {
 public:
  /// All outlive it.
  ClientResponse(ExchangeContext& context, Transport& transport, const http::RequestHead& request,
                 CompressingTransport::Observer& observer)
      : transport_(transport, request, context.compression(), context.memory(), observer),
        scratch_(context.scratch()) {}

  [[nodiscard]] CompressingTransport& transport() { return transport_; }
  [[nodiscard]] const CompressingTransport& transport() const { return transport_; }

  /// Fields that join those of whatever response there will be; null for none. They outlive it, or
  /// their successors.
  void set_pending(const PendingFields* fields) { pending_ = fields; }
  /// Null where there are none.
  [[nodiscard]] const PendingFields* pending() const {
    return pending_ != nullptr && !pending_->empty() ? pending_ : nullptr;
  }

  /// Sends the head and the first bytes of the body; `end`: these are all.
  void send(const http::ResponseHead& head, std::string_view body, bool end, Precedence precedence);

  /// Sends the head of a body of `length` bytes, which is all where the request is HEAD.
  void send_head(const http::ResponseHead& head, std::uint64_t length, Precedence precedence);

  /// Sends the whole of a response that the server makes.
  void send(const OwnResponse& response);
  void redirect(std::uint16_t status, std::string_view location);

 private:
  CompressingTransport transport_;
  ExchangeScratch& scratch_;
  const PendingFields* pending_ = nullptr;
};

}  // namespace millrace::gateway
