// ClientResponse sends an exchange's response to the client: it merges the pending fields into the
// head and compresses the body where the client accepts that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/added_fields.hpp"
#include "gateway/compressing_transport.hpp"
#include "gateway/exchange_context.hpp"
#include "gateway/own_responses.hpp"
#include "gateway/pending_fields.hpp"
#include "gateway/transport.hpp"
#include "http/request_parser.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread. As with Transport, a call that ends the response may destroy the
/// exchange.
class ClientResponse {
 public:
  /// All arguments outlive the response.
  ClientResponse(ExchangeContext& context, Transport& transport, const http::RequestHead& request,
                 CompressingTransport::Observer& observer)
      : transport_(transport, request, context.compression(), context.memory(), observer),
        context_(context),
        request_(request) {}

  [[nodiscard]] CompressingTransport& transport() { return transport_; }
  [[nodiscard]] const CompressingTransport& transport() const { return transport_; }

  /// Sets the fields that are merged into the response, whatever its source; null for none. They
  /// stay valid until the response is sent or other fields are set.
  void set_pending(const PendingFields* fields) { pending_ = fields; }
  /// Sets the fields that the server's rules add to the response, after all others; null for none.
  /// They stay valid until the response is sent.
  void set_added(const AddedFields* fields) { added_ = fields; }
  /// Returns null where there are no pending fields.
  [[nodiscard]] const PendingFields* pending() const {
    return pending_ != nullptr && !pending_->empty() ? pending_ : nullptr;
  }

  /// Sends the head and the first bytes of the body. `end`: `body` is the whole body.
  void send(const http::ResponseHead& head, std::string_view body, bool end, Precedence precedence);

  /// Sends a head whose body of `length` bytes follows; to HEAD it is the complete response.
  void send_head(const http::ResponseHead& head, std::uint64_t length, Precedence precedence);

  /// Sends a complete response of the server itself; in development in the form that the client
  /// accepts.
  void send(const OwnResponse& response);
  void redirect(std::uint16_t status, std::string_view location);

 private:
  [[nodiscard]] bool changes_fields() const { return pending() != nullptr || added_ != nullptr; }
  /// Returns the response's fields with the pending and the added ones.
  [[nodiscard]] std::string merged(std::string_view fields, Precedence precedence) const;

  CompressingTransport transport_;
  ExchangeContext& context_;
  const http::RequestHead& request_;
  const PendingFields* pending_ = nullptr;
  const AddedFields* added_ = nullptr;
};

}  // namespace millrace::gateway
